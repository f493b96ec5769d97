"""All commands in one."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from service.cli import doctor, evaluate, experts, films, keys, serve
from service.domain.errors import ServiceError

app = typer.Typer(
    name="cxr",
    help="Drafts chest X-ray reports. For research; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, which hold patient data
)
app.command()(serve.serve)
app.command()(serve.migrate)
app.command()(films.report)
app.command()(films.chat)
app.command()(doctor.doctor)
app.add_typer(experts.app, name="experts")
app.add_typer(evaluate.app, name="evaluate")
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
