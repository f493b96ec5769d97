"""The expert networks: what they are and how well they do."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.bootstrap import load_experts
from service.cli.common import settings_or_exit

app = typer.Typer(help="The expert networks.", no_args_is_help=True)


@app.command()
def card(
    name: Annotated[str, typer.Argument(help="An active expert's name; every active one when left out.")] = "",
) -> None:
    """Print the card: labels, weights, training data, metrics with intervals, limits."""
    cards = [expert.card for expert in load_experts(settings_or_exit()) if name in {"", expert.card.name}]
    if not cards:
        raise typer.BadParameter(f"no active expert is called {name!r}; CXR_EXPERTS says which are active")
    for each in cards:
        typer.echo(json.dumps(each.details, indent=2, ensure_ascii=False))
