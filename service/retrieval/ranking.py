"""BM25 over texts that are terms already; bm25s does the counting and is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Ranking:
    """An index over documents, each a list of terms (Robertson's BM25 as Lucene counts it, k1 1.5, b 0.75)."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        self._index = _built([list(document) for document in documents]) if any(documents) else None

    def scores(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """Score of each document, 0 where it holds none of the terms."""
        asked = list(terms)
        if self._index is None or not asked:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._index.get_scores(asked), np.float32)


def _built(documents: list[list[str]]) -> Any:  # noqa: ANN401 - bm25s has no types
    from bm25s import BM25  # noqa: PLC0415 - not before it is needed: the service starts without it

    index = BM25(method="lucene")
    index.index(documents, show_progress=False)
    return index
