"""Half precision and int8 for a pulled network: made, measured on films of the site, stated on the network's card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.base import ExpertError
from models.experts.zoo import entry
from models.experts.zoo.films import FEWEST
from models.experts.zoo.place import pulled
from models.weights import CARD
from service.bootstrap.panel import FILE
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from models.experts.zoo.precision import Stated

HEADINGS = {
    "largest_difference": "largest difference",
    "mean_difference": "mean",
    "calls_changed": "calls changed",
    "smallest_rank_correlation": "order kept",
    "cells_changed": "cells changed",
}
SHARES = frozenset({"calls_changed", "cells_changed"})


def precision(
    name: Annotated[str, typer.Argument(help="A pulled network, as `cxr experts list` names it.")],
    images: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="PNG, JPEG or TIFF films like those it is to read.")
    ],
    calibrate: Annotated[int, typer.Option(min=FEWEST, help="Films that int8 is made with; others measure it.")] = 100,
) -> None:
    """Quantise a pulled network to int8; measure what int8, and half precision where this processor has it, cost.

    The loss goes on the network's card, which then permits these precisions. No film leaves this machine.
    """
    from models.experts.zoo.precision import state_precision  # noqa: PLC0415 - it imports OpenVINO: other commands wait

    try:
        folder = _folder(name, settings_or_exit().pulled_dir)
        stated = state_precision(entry(name), folder, images, calibrate)
    except ExpertError as error:
        raise ConfigurationError(str(error)) from error
    for line in _table(stated):
        typer.echo(line)
    typer.echo(f"Written to {folder / CARD}. Use it: CXR_EXPERT_PRECISION={name}=int8; calibrate int8 anew.")


def _folder(name: str, pulled_dir: Path) -> Path:
    if name.startswith(FILE):
        raise ExpertError(
            "The card of a network file is its maker's, and not written here. Half precision may be measured elsewhere "
            "and stated under [details.precisions.bf16]; int8 is for pulled networks."
        )
    return pulled(entry(name).name, {"folder": str(pulled_dir)})


def _table(stated: Stated) -> Iterator[str]:
    first = next(iter(stated.precisions.values()))
    columns = [name for name in HEADINGS if name in first]
    yield "  ".join(["         ", "times as fast", *(HEADINGS[name] for name in columns)])
    for each, faster in stated.faster.items():
        figures = stated.precisions[each]
        cells = [_shown(name, figures[name]).rjust(len(HEADINGS[name])) for name in columns]
        yield "  ".join([f"{each.value:<9}", f"{faster:>13.1f}", *cells])
    yield f"Against f32, on {first['films']:g} films that int8 was not made with; speed on this machine, one by one."


def _shown(name: str, value: float) -> str:
    return f"{value:.2%}" if name in SHARES else f"{value:.4f}"
