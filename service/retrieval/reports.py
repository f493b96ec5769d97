"""Reports of earlier studies, found by findings and words: the port ``Corpus``, whatever they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

import numpy as np
import structlog

from models.findings import Finding
from service.ports import SimilarReport
from service.retrieval import words as vocabulary
from service.retrieval.cleaning import CleanReport, RawReport, clean
from service.retrieval.later import later
from service.retrieval.likeness import Likeness
from service.retrieval.ranking import Ranking

WORDS = 0.3
"""Weight of the indication's words beside the findings, which count 1: they decide among reports that are as alike."""

_log = structlog.get_logger(__name__)


class Reports:
    """Implements ``service.ports.Corpus``. The index is built once, in a thread begun here.

    A draft never waits long for style: while the index is not ready, after ``wait_s`` there are no similar reports.
    """

    def __init__(self, source: str, read: Callable[[], Iterable[RawReport]], wait_s: float) -> None:
        self._source, self._wait_s = source, wait_s
        self._index: Future[_Index] = later(lambda: self._built(read()))

    @property
    def name(self) -> str:
        """Source and number of reports ("openi: 3011 reports"); without the number until they are indexed."""
        ready = self._index.done() and self._index.exception() is None
        return f"{self._source}: {len(self._index.result().reports)} reports" if ready else self._source

    def similar(self, findings: Sequence[Finding], text: str, limit: int) -> tuple[SimilarReport, ...]:
        """Return the reports nearest to these findings and words, best first; the same for the same question.

        Blocks until the index is ready, for ``wait_s`` at most. Raises what the reading of the source raised.
        """
        try:
            return self._index.result(self._wait_s).similar(findings, text, limit)
        except NotYet:
            _log.info("corpus.not_ready", corpus=self._source)
            return ()

    def _built(self, raw: Iterable[RawReport]) -> _Index:
        cleaned = [report for report in map(clean, raw) if report is not None]
        first = {report.key: report for report in reversed(cleaned)}
        kept = tuple(report for report in cleaned if first[report.key] is report)
        _log.info("corpus.ready", corpus=self._source, reports=len(kept), duplicates=len(cleaned) - len(kept))
        return _Index(kept)


class _Index:
    def __init__(self, reports: tuple[CleanReport, ...]) -> None:
        self.reports = reports
        self._words = vocabulary.load("en")
        self._likeness = Likeness([report.said for report in reports])
        self._ranking = Ranking([self._words.terms(f"{report.indication}\n{report.text}") for report in reports])

    def similar(self, findings: Sequence[Finding], text: str, limit: int) -> tuple[SimilarReport, ...]:
        said = {finding.label: finding.polarity for finding in findings}
        worth = self._likeness.to(said) + WORDS * self._by_words(text)
        best = np.argsort(-worth, kind="stable")[: max(limit, 0)]
        return tuple(SimilarReport(self.reports[i].id, self.reports[i].text) for i in best)

    def _by_words(self, text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Scores of the words between 0 and 1, 1 the best report."""
        scores = self._ranking.scores(self._words.terms(text))
        return scores / (scores.max(initial=0) or 1)


def wait_of(options: Mapping[str, str]) -> float:
    """Return the option ``wait_s``: seconds that a draft waits for an index that is being built, 1 unless given."""
    return float(options.get("wait_s", 1))
