"""The parts of the evaluation by name, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping
from pkgutil import resolve_name

from models.evaluation.part import Evaluate

PARTS: Mapping[str, str] = {
    "card": "models.evaluation.card:evaluate",
    "peer": "models.evaluation.peer:evaluate",
    "shipped": "models.evaluation.shipped:evaluate",
    "anatomy": "models.evaluation.anatomy:evaluate",
    "gate": "models.evaluation.gate:evaluate",
    "steadiness": "models.evaluation.steadiness:evaluate",
    "precision": "models.evaluation.precision:evaluate",
    "localise": "models.evaluation.localise:evaluate",
}
"""Where each function is: imported when it is asked for, because the command line knows the names at every start."""


def part(place: str) -> Evaluate:
    """Import a part from where it is."""
    function: Evaluate = resolve_name(place)
    return function
