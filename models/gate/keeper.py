"""The gatekeeper: what the eye, the small view, the lungs' outlines and the file's tags say becomes one verdict.

The rules:

- The picture decides. What does not look like a frontal chest film is stopped, whatever its tags say; tags that
  contradict the picture add a doubt and never take one away.
- A chest film from the side, lying on its side or upside down is stopped when that is sure (the experts know no such
  films, and every side and zone in the report would be wrong), doubtful when it is likely.
- Everything else (inverted greys, exposure, cut off, leaning, rotated, a child) is read and marked.

Whether a film is mirrored cannot be told from the picture: a mirrored film of a normal heart looks like dextrocardia.
Only the side marker says it, and this gate does not read letters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from models.anatomy import Anatomy
from models.base import ExpertError, Film
from models.findings import Gate, Verdict
from models.gate.exposure import exposure_doubts
from models.gate.eye import Eye, glance
from models.gate.judge import Points, doubt_reasons, stop_reasons, tag_doubts, view_of
from models.gate.outlines import lungs_seen, outline_doubts
from models.gate.plain import check
from models.weights import CARD, find, verify

NAME: Final = "gate"
NETWORK: Final = "eye.npz"
OPTIONS: Final = frozenset({"folder"})


class ChestGate:
    """The gate that knows chests. Thread-safe; a few milliseconds a film, whatever its size."""

    def __init__(self, eye: Eye, points: Points) -> None:
        self._eye = eye
        self._points = points

    def check(self, film: Film, anatomy: Anatomy | None) -> Gate:
        """Judge one film; ``anatomy`` adds what the lungs' outlines say, where they are known."""
        plain = check(film.pixels)
        if plain.verdict is Verdict.STOP:
            return plain
        small = glance(film.pixels)
        look = self._eye.look(small)
        view = view_of(look, self._points)
        lungs = anatomy is None or lungs_seen(anatomy)
        if stops := stop_reasons(look, self._points, without_lungs=not lungs):
            return Gate(Verdict.STOP, tuple(stops), view)
        doubts = (
            *plain.reasons,
            *doubt_reasons(look, self._points),
            *tag_doubts(film, look, self._points),
            *exposure_doubts(small),
            *(outline_doubts(anatomy, lungs=lungs) if anatomy is not None else ()),
        )
        return Gate(Verdict.DOUBTFUL if doubts else Verdict.PASS, doubts, view)


def load_gate(options: Mapping[str, str]) -> ChestGate:
    """Load the gate that comes with the package: files verified.

    Options: ``folder`` (another folder holding ``gate/card.json``). Raises ExpertError on an unknown option, a missing
    or altered file, or a damaged card.
    """
    if unknown := set(options) - OPTIONS:
        raise ExpertError(f"The gate has no option {', '.join(sorted(unknown))}; it has {sorted(OPTIONS)}.")
    folder = find(NAME, [Path(options["folder"])] if "folder" in options else [])
    card = read_card(folder)
    try:
        verify(folder / NETWORK, card["files"][NETWORK])
        points = Points(**card["operating_points"])
    except (KeyError, TypeError) as error:
        raise ExpertError(f"The gate's card in {folder} is damaged or of another version: {error!r}.") from error
    return ChestGate(Eye(folder / NETWORK), points)


def read_card(folder: Path) -> dict[str, Any]:
    """Everything that the gate's ``card.json`` holds. Raises ExpertError when it cannot be read."""
    path = folder / CARD
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExpertError(f"The gate's card {path} cannot be read: {error}") from error
    return card
