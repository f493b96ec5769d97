"""Is a finding where we say it is? Held against the boxes of radiologists, next to guesses that saw no evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.anatomy import Anatomy
from models.evaluation.boxes import MAPS, SIDE, Boxed, Maps, find_list, read_boxes, read_maps
from models.evaluation.guesses import METHODS, Case
from models.evaluation.part import Given, Part, Plot, Table, checks, need
from models.evaluation.pointing import DIGITS, MARKS, ZONE_MARKS, figures
from models.training.films import read_gray
from models.weights import find, load_card

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

EXPERT = "embedded"
CARD_KEY = "localisation"
NOTE = "Mean with its 95% interval (bootstrap by patient); each map by the network that had not seen the patient."


def evaluate(given: Given) -> Part:
    """Judge the places on all films with a box. Raises MissingDataError, ExpertError."""
    folder = find(EXPERT)
    maps = read_maps(need(folder / MAPS))
    again = figures(gather(read_boxes(find_list(given.data)), maps, segmented(given, maps)))
    card = load_card(folder).details.get(CARD_KEY, {})
    return Part(
        title="Where: pointing game and overlap with the boxes of NIH ChestX-ray14",
        tables=tables(again),
        plots=(Plot("localisation", "The highest evidence lies inside the box", lambda figure: _draw(figure, again)),),
        checks=checks(CARD_KEY, card, again, DIGITS),
    )


def gather(boxed: Iterable[Boxed], maps: Maps, anatomies: Mapping[str, Anatomy]) -> list[Case]:
    """Return the boxed labels of those films whose maps are there."""
    return [
        Case(truth, maps[truth.film][truth.label], anatomies.get(truth.film)) for truth in boxed if truth.film in maps
    ]


def segmented(given: Given, films: Iterable[str]) -> dict[str, Anatomy]:
    """Organs by film, as on films of SIDE x SIDE, for the boxes are in the pixels of their list; {} without segmenter.

    Raises MissingDataError when a film is not in ``data/nih``.
    """
    if given.segmenter is None:
        return {}
    given.say("segmenting the films with boxes")
    pixels = {film: read_gray(need(given.data / "nih" / f"{film}.jpg")) for film in films}
    found = zip(pixels, given.segmenter.segment(list(pixels.values())), strict=True)
    return {film: replace(anatomy, rows=SIDE, columns=SIDE) for film, anatomy in found}


def tables(told: Mapping[str, Mapping[str, Any]]) -> tuple[Table, ...]:
    """Return the figures as tables: one a group of labels, and one of the zones where there are any."""
    groups = tuple(_table(name, group) for name, group in told.items() if name != "zones")
    zones = told.get("zones")
    if zones is None:
        return groups
    rows = (tuple(_cell(zones.get(name)) for name in ZONE_MARKS),)
    return (*groups, Table(f"Zones: {zones['cases']} boxed labels whose boxes lie in a zone", ZONE_MARKS, rows, NOTE))


def _table(name: str, group: Mapping[str, Any]) -> Table:
    rows = tuple((method, *(_cell(group[method][mark]) for mark in MARKS)) for method in METHODS if method in group)
    return Table(
        title=f"{name}: {group['cases']} boxed labels of {group['patients']} patients",
        header=("method", *MARKS),
        rows=rows,
        note=NOTE,
    )


def _cell(triple: Sequence[float] | None) -> str:
    if triple is None:
        return "-"
    mean, low, high = triple
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def _draw(figure: Figure, told: Mapping[str, Mapping[str, Any]]) -> None:
    group = told["all"]
    names = [name for name in METHODS if name in group]
    means, lows, highs = np.array([group[name]["hit"] for name in names]).T
    axes = figure.add_subplot()
    axes.barh(names, means, xerr=(means - lows, highs - means), color="0.6")
    axes.invert_yaxis()
    axes.set_xlabel("share of boxed labels whose point lies inside a box")
