"""All commands in one. What a start of the service has no use for is loaded when it is named."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from service.cli import doctor, films, keys, serve
from service.domain.errors import ServiceError

LATE: Final = ("evaluate", "experts")
"""Groups of commands that are loaded when they are asked for: a tenth of the time until the service is ready."""


class _Groups(TyperGroup):
    """The commands that are known at once, and those of ``LATE``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own copy of Click, which it keeps private
        return [*super().list_commands(ctx), *LATE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        if cmd_name in LATE and cmd_name not in self.commands:
            group = typer.main.get_command(import_module(f"service.cli.{cmd_name}").app)
            group.name = cmd_name
            self.add_command(group)
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="cxr",
    cls=_Groups,
    help="Drafts chest X-ray reports. For research; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, which hold patient data
)
app.command()(serve.serve)
app.command()(serve.migrate)
app.command()(films.report)
app.command()(films.chat)
app.command()(doctor.doctor)
app.add_typer(keys.app, name="keys")


@app.callback(invoke_without_command=True)
def options(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Handle what stands before the command."""
    if show_version:
        typer.echo(version("cxr-scribe"))
        raise typer.Exit


def run() -> None:
    """Run the command; an error of ours is one line for a human and exit status 2."""
    try:
        app()
    except ServiceError as error:
        typer.secho(f"cxr: {error.detail}", fg="red", err=True)
        sys.exit(2)
