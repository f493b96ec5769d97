"""A film goes before the panel: its organs, the gate, every active expert, the place of each finding, one opinion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from models.anatomy import Anatomy
from models.base import Expert, ExpertBusy, ExpertCard, ExpertError, Film, Gatekeeper, Segmenter
from models.ensemble import combine
from models.evidence import evidence_of
from models.findings import ExpertReading, Finding, Gate, Polarity, Verdict
from models.gate import SizeAndContrast
from models.localise import locate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """An expert that failed on this film, and how: for the operator's log."""

    expert: str
    error: Exception


@dataclass(frozen=True, slots=True)
class FilmReading:
    """What the panel says of one film: no readings and no findings when the gate stopped it.

    An expert that failed is in ``failures``; the gate's verdict is then doubtful at best, and its reasons name it.
    """

    gate: Gate
    readings: tuple[ExpertReading, ...] = ()
    findings: tuple[Finding, ...] = ()
    anatomy: Anatomy | None = None
    failures: tuple[Failure, ...] = ()


class Panel:
    """The experts of a site, with the gate before them. Thread-safe, as its members are.

    Without a segmenter nothing is measured and no zone is named; without a gate only size and contrast are looked at.
    """

    def __init__(
        self, experts: Sequence[Expert], segmenter: Segmenter | None = None, gate: Gatekeeper | None = None
    ) -> None:
        self.experts = tuple(experts)
        self.segmenter = segmenter
        self.evidence = evidence_of(self.cards)
        self._gate = gate or SizeAndContrast()

    @property
    def cards(self) -> tuple[ExpertCard, ...]:
        """Cards of all members that may speak."""
        return tuple(member.card for member in (*self.experts, self.segmenter) if member is not None)

    def read(self, film: Film) -> FilmReading:
        """Read one film. Raises ExpertError when every expert fails, ExpertBusy when too many films wait."""
        failures: list[Failure] = []
        anatomy = self._organs(film, failures)
        gate = self._gate.check(film, anatomy)
        if gate.verdict is Verdict.STOP:
            return FilmReading(gate, anatomy=anatomy)
        readings = self._read(film, anatomy, gate, failures)
        if self.experts and not readings:
            raise ExpertError("Every expert failed on this film.") from failures[-1].error
        located = self._located(readings, film, anatomy)
        findings = combine(located, self.evidence)
        return FilmReading(_marked(gate, failures), located, findings, anatomy, tuple(failures))

    def _organs(self, film: Film, failures: list[Failure]) -> Anatomy | None:
        segmenter = self.segmenter
        if segmenter is None:
            return None
        found = _attempt(segmenter.card.name, partial(segmenter.segment, [film.pixels]), failures)
        return found[0] if found else None

    def _read(
        self, film: Film, anatomy: Anatomy | None, gate: Gate, failures: list[Failure]
    ) -> tuple[ExpertReading, ...]:
        read = [_attempt(each.card.name, partial(each.read, [film.pixels]), failures) for each in self.experts]
        readings = [found[0] for found in read if found]
        if readings and self.segmenter and anatomy is not None:
            readings.append(self.segmenter.reading(anatomy, film, gate.view))
        return tuple(readings)

    def _located(
        self, readings: Sequence[ExpertReading], film: Film, anatomy: Anatomy | None
    ) -> tuple[ExpertReading, ...]:
        """Give every finding that may be there its place, and drop the maps: they are too large to keep."""
        found = combine(readings, self.evidence)
        shown = {finding.label for finding in found if finding.polarity is not Polarity.ABSENT}
        rows, columns = film.pixels.shape
        return tuple(
            replace(reading, regions=locate(reading, anatomy, (rows, columns), shown), maps={}) for reading in readings
        )


def _attempt(expert: str, read: Callable[[], T], failures: list[Failure]) -> T | None:
    try:
        return read()
    except ExpertBusy:
        raise
    except Exception as error:  # noqa: BLE001 - an expert from outside may raise anything; the others still read
        failures.append(Failure(expert, error))
        return None


def _marked(gate: Gate, failures: Sequence[Failure]) -> Gate:
    if not failures:
        return gate
    names = ", ".join(failure.expert for failure in failures)
    reason = f"The expert {names} failed on this image: what it would have said is missing. Tell the operator."
    return replace(gate, verdict=Verdict.DOUBTFUL, reasons=(*gate.reasons, reason))
