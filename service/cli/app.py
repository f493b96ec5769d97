"""All commands in one. What a start of the service has no use for is loaded when it is named."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from service.cli import serve
from service.domain.errors import ServiceError

LATE: Final[Mapping[str, str]] = {
    "report": "service.cli.films:report",
    "chat": "service.cli.films:chat",
    "doctor": "service.cli.doctor:doctor",
    "experts": "service.cli.experts:app",
    "evaluate": "service.cli.evaluate:app",
    "keys": "service.cli.keys:app",
}
"""Commands, and groups of them, that are loaded when they are asked for: none of it delays the service."""


class _Commands(TyperGroup):
    """The commands that are known at once, and those of ``LATE``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own copy of Click, which it keeps private
        return list(dict.fromkeys([*super().list_commands(ctx), *LATE]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        if cmd_name in LATE and cmd_name not in self.commands:
            command = typer.main.get_command(_typer(cmd_name, resolve_name(LATE[cmd_name])))
            command.name = cmd_name
            self.add_command(command)
        return super().get_command(ctx, cmd_name)


def _typer(name: str, found: Any) -> typer.Typer:  # noqa: ANN401 - a group, or the function of a command
    if isinstance(found, typer.Typer):
        return found
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return alone


app = typer.Typer(
    name="cxr",
    cls=_Commands,
    help="Drafts chest X-ray reports. For research; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, which hold patient data
)
app.command()(serve.serve)
app.command()(serve.migrate)


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
