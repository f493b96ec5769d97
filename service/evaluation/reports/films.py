"""Findings of the panel on films, read once: kept as JSON under the output folder, by film and by panel."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from models.base import Film
from models.ensemble import ReadImage, combine_study, silent_study
from models.findings import Verdict
from models.panel import Panel
from prompts.facts import StudyFacts
from service.evaluation.reports.cases import Case, manifest, named
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import display

_FACTS = TypeAdapter(StudyFacts)
Say = Callable[[str], None]


class FilmReader:
    """Reads films as the service does, and remembers what the panel said of them."""

    def __init__(self, panel: Panel, folder: Path, say: Say) -> None:
        weights = " ".join(f"{card.name} {card.version} {card.weights_sha256}" for card in panel.cards)
        self._panel = panel
        self._folder = folder / sha256(weights.encode()).hexdigest()[:12]
        self._say = say

    def facts(self, path: Path, view: str, age_years: float | None = None) -> StudyFacts:
        """Return what may be said of a film. Raises FileRejected, ExpertError."""
        kept = self._folder / f"{path.stem}.json"
        if not kept.is_file():
            self._say(f"reading {path.name}")
            facts = self._read(path, view, age_years)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(_FACTS.dump_json(facts, indent=1))
        return _FACTS.validate_json(kept.read_bytes())

    def _read(self, path: Path, view: str, age_years: float | None) -> StudyFacts:
        from service.imaging.decode import decode_file  # noqa: PLC0415 - `cxr serve` leaves decoders to its workers

        frame = decode_file(path.read_bytes(), path.name, DecodeLimits()).images[0]
        seen = self._panel.read(Film(display(frame), view, age_years))
        if seen.gate.verdict is Verdict.STOP:
            return StudyFacts((), unread=(" ".join(("Image 1 was not read.", *seen.gate.reasons)),))
        read = [ReadImage(seen.readings, view, seen.gate.view, seen.gate.verdict is Verdict.DOUBTFUL)]
        findings = combine_study(read, self._panel.evidence)
        return StudyFacts(findings, views=(view or seen.gate.view or "",), silence=silent_study(read))


def film_cases(data: Path, count: int, reader: FilmReader) -> list[Case]:
    """Let the panel read the first ``count`` named NIH films."""
    rows = manifest(data, named()["films"][:count])
    return [Case(f"films-{row.path.stem}", "films", reader.facts(row.path, row.view, row.age_years)) for row in rows]
