"""What half precision costs the embedded networks, measured again on this processor."""

from __future__ import annotations

from collections.abc import Mapping

from models.evaluation.nih import films_of
from models.evaluation.part import Check, Given, Part, Table, checks
from models.runtime.openvino_engine import halves
from models.training.lesser import of_anatomy, of_classifier
from models.weights import find, load_card

NETWORKS = {"embedded": of_classifier, "anatomy": of_anatomy}
DIGITS = 3
"""Those in which two processors that compute in half precision are held to agree."""

_HEADER = ("network", "precision", "figure", "card", "again")
_NOTE = "Against the same network in f32 on 200 NIH films, evenly picked; which precisions, this processor decides."
_NONE = "This processor computes in no half precision: nothing was measured again."


def evaluate(given: Given) -> Part:
    """Measure each on the NIH films. Raises MissingDataError, ExpertError."""
    films = films_of(given)
    held: list[Check] = []
    for name, measured in NETWORKS.items():
        given.say(f"{name} in half precision")
        folder = find(name)
        stated: Mapping[str, Mapping[str, float]] = load_card(folder).details.get("precisions", {})
        for precision, again in measured(folder, films.paths).items():
            held.extend(checks(f"{name}.{precision}", stated.get(precision, {}), again, DIGITS))
    rows = tuple((*check.name.split("."), f"{check.card:.4g}", f"{check.again:.4g}") for check in held)
    table = Table("Half precision", _HEADER, rows, _NOTE if halves() else _NONE)
    return Part(title="Less than single precision", tables=(table,), checks=tuple(held))
