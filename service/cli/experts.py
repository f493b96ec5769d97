"""The expert networks: which there are, how to get them, what they are and how fast they read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from models.base import ExpertError
from models.experts.zoo import catalogue, entry, is_pulled
from models.experts.zoo.films import drawn
from models.experts.zoo.pull import Order
from models.experts.zoo.pull import pull as fetch
from models.weights import CARD
from service.bootstrap.panel import load_experts
from service.cli.calibrate import calibrate
from service.cli.common import settings_or_exit
from service.cli.precision import precision
from service.cli.progress import Bar
from service.cli.speed import measure
from service.domain.errors import ConfigurationError, ServiceError
from service.settings import Settings

app = typer.Typer(help="The expert networks.", no_args_is_help=True, add_completion=False)
app.command()(calibrate)
app.command()(precision)

CALLERS = 4
"""Threads that ask an expert at once, to see how many films a second it reads."""


@app.command("list")
def list_() -> None:
    """List the active experts, then the public networks that can be pulled."""
    settings = settings_or_exit()
    typer.echo("Active (CXR_EXPERTS):")
    for line in _active(settings):
        typer.echo(f"  {line}")
    typer.echo("\nPublic networks (cxr experts pull NAME):")
    for name, each in catalogue().items():
        state = "pulled" if is_pulled(name, settings.pulled_dir) else "-"
        reads = f"{len(each.labels)} {'organs' if each.segments else 'labels'}, {each.size} px"
        typer.echo(f"  {name:<30} {state:<14} {reads}; {each.trained_on}")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="As `cxr experts list` names it.")],
    source: Annotated[
        Path | None, typer.Option("--from", exists=True, dir_okay=False, help="The file, fetched elsewhere.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Another place to fetch it from, such as a mirror.")] = None,
    sha256: Annotated[str | None, typer.Option(help="What the file's SHA-256 must be.")] = None,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="PNG, JPEG or TIFF films to check the conversion on."),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run code that the file holds; asks for --sha256.")] = False,
) -> None:
    """Fetch a public network, convert it once and check it against the original; the service then needs no torch."""
    folder = settings_or_exit().pulled_dir
    with Bar() as bar, _one_sentence():
        made = fetch(entry(name), folder, Order(source, url, sha256, trust, images, bar.show))
    parity = _read_card(made)["parity"]
    typer.echo(f"{made}: differs from the original by at most {parity['largest_difference']:.1g} (probability),")
    typer.echo(f"on {parity['films']} {parity['kind']} films. Not calibrated: `cxr experts calibrate`.")
    typer.echo(f"Use it: CXR_EXPERTS={name}, alone or beside others (embedded,{name}).")


@app.command()
def card(
    name: Annotated[str, typer.Argument(help="An active or pulled expert; every active one when left out.")] = "",
) -> None:
    """Print the card: labels, weights, training data, metrics with intervals, limits."""
    settings = settings_or_exit()
    cards = [expert.card.details for expert in load_experts(settings) if name in {"", expert.card.name}]
    if not cards and is_pulled(name, settings.pulled_dir):
        cards = [_read_card(settings.pulled_dir / name)]
    if not cards:
        raise typer.BadParameter(f"no active or pulled expert is called {name!r}; `cxr experts list` says which are")
    for each in cards:
        typer.echo(json.dumps(each, indent=2, ensure_ascii=False))


@app.command()
def bench() -> None:
    """Measure how fast the active experts read on this machine, from a film in memory to its reading."""
    (film,) = drawn(1).images
    typer.echo(f"{'expert':<30} {'one film: p50':>14} {'p99':>10} {'films/s of ' + str(CALLERS) + ' callers':>24}")
    for expert in load_experts(settings_or_exit()):
        with _one_sentence():
            speed = measure(expert, film, callers=CALLERS)
        typer.echo(
            f"{expert.card.name:<30} {speed.median_ms:>11.1f} ms {speed.p99_ms:>7.1f} ms {speed.films_a_second:>24.1f}"
        )


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an expert's error into one that the command line prints for a human."""
    try:
        yield
    except ExpertError as error:
        raise ConfigurationError(str(error)) from error


def _active(settings: Settings) -> Iterator[str]:
    """Tell of each active expert, or why there is none: who asks may be about to pull the one that is missing."""
    try:
        for expert in load_experts(settings):
            card = expert.card
            yield f"{card.name:<30} {card.version:<14} {len(card.labels)} labels, {_calibrated(card.details)}"
    except ServiceError as error:
        yield f"none: {error.detail}"


def _calibrated(details: dict[str, Any]) -> str:
    if "site_calibration" in details:
        return "calibrated on this site's films"
    shipped = details.get("calibration")
    if isinstance(shipped, dict) and shipped.get("fitted") == "none":
        return "NOT CALIBRATED: scores are no probabilities, doubt is wide"
    return "calibrated"


def _read_card(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return read
