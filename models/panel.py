"""A film goes before the panel: the gate, the organs, every active expert, the place of each finding, one opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.anatomy import Anatomy
from models.base import Expert, Film, Gatekeeper, Segmenter
from models.ensemble import combine
from models.findings import ExpertReading, Finding, Gate, Verdict
from models.gate import SizeAndContrast


@dataclass(frozen=True, slots=True)
class FilmReading:
    """What the panel says of one film: no readings and no findings when the gate stopped it."""

    gate: Gate
    readings: tuple[ExpertReading, ...] = ()
    findings: tuple[Finding, ...] = ()
    anatomy: Anatomy | None = None


class Panel:
    """The experts of a site, with the gate before them. Thread-safe, as its members are."""

    def __init__(
        self, experts: Sequence[Expert], segmenter: Segmenter | None = None, gate: Gatekeeper | None = None
    ) -> None:
        self.experts = tuple(experts)
        self.segmenter = segmenter
        self._gate = gate or SizeAndContrast()

    def read(self, film: Film) -> FilmReading:
        """Read one film. Raises ExpertError when an expert fails, ExpertBusy when too many films wait."""
        gate = self._gate.check(film, None)
        if gate.verdict is Verdict.STOP:
            return FilmReading(gate)
        readings = tuple(expert.read([film.pixels])[0] for expert in self.experts)
        return FilmReading(gate, tuple(replace(reading, maps={}) for reading in readings), combine(readings))
