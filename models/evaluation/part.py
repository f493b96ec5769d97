"""What one part of the evaluation is given and what it hands back: tables, plots, and figures held against a card.

A part is a function ``evaluate(given: Given) -> Part``; ``models.evaluation.registry`` lists them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.base import Expert, Segmenter

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

Draw = Callable[["Figure"], None]


@dataclass(frozen=True, slots=True)
class Given:
    """What there is to evaluate: ``data`` is the folder with one folder of films a set; the networks as served.

    ``say`` takes one line about the progress of something slow.
    """

    data: Path
    experts: Sequence[Expert]
    segmenter: Segmenter | None = None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header, with a note on how they were obtained."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: ``name`` becomes the file's name, ``title`` says what is seen; ``size`` in inches."""

    name: str
    title: str
    draw: Draw
    size: tuple[float, float] = (6.0, 4.0)


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of a card and the same figure computed again; ``digits`` are those that the card rounds to.

    Figures a unit of the last digit apart agree: half a unit of rounding each.
    """

    name: str
    card: float
    again: float
    digits: int = 4

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than rounding."""
        return abs(self.card - self.again) <= 1.01 * 10.0**-self.digits


@dataclass(frozen=True, slots=True)
class Part:
    """One chapter of the evaluation."""

    title: str
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    checks: tuple[Check, ...] = ()


Evaluate = Callable[[Given], Part]


class MissingDataError(Exception):
    """Films, labels or an asset that a part needs are not there; the message is one line that says which."""


def need(path: Path) -> Path:
    """Return the path. Raises MissingDataError when there is nothing."""
    if not path.exists():
        raise MissingDataError(f"{path} is missing")
    return path


def checks(prefix: str, card: Mapping[str, object], again: Mapping[str, object], digits: int = 4) -> tuple[Check, ...]:
    """Hold every number of ``card`` against ``again``, by its path of keys; lists and mappings are gone into.

    A number that only the card has is held against not-a-number, and so never agrees.
    """
    return tuple(
        check for key, value in card.items() for check in _held(f"{prefix}.{key}", value, again.get(key), digits)
    )


def _held(name: str, card: object, again: object, digits: int) -> tuple[Check, ...]:
    if isinstance(card, Mapping):
        return checks(name, card, again if isinstance(again, Mapping) else {}, digits)
    if isinstance(card, list):
        others = again if isinstance(again, list | tuple) and len(again) == len(card) else [None] * len(card)
        pairs = zip(card, others, strict=True)
        return tuple(check for i, pair in enumerate(pairs) for check in _held(f"{name}.{i}", *pair, digits))
    if isinstance(card, bool) or not isinstance(card, int | float):
        return ()
    return (Check(name, float(card), float(again) if isinstance(again, int | float) else float("nan"), digits),)
