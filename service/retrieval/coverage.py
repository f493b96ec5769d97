"""Whether a passage covers a question: the rule that keeps an answer from citing what only shares a word with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.retrieval.words import Words, named

SHARE = 0.55
"""Share of a question's weight that a passage must hold; fitted on the development questions, see docs/knowledge.md."""

ENOUGH = 3
"""So many terms in common stand for a subject in common."""

ENOUGH_OF_A_SITE = 2
"""The same for a site's document, of whose subject only a title is known."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a passage is about: all its terms, those of its subject (title, keywords, labels), how many are enough."""

    terms: frozenset[str]
    subject: frozenset[str]
    enough: int = ENOUGH


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is made of, each term once.

    ``labels`` are the terms of the labels that it names, ``spelt`` the stems it names them by, ``words`` the others.
    """

    labels: frozenset[str]
    spelt: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, question: str, words: Words) -> Asked:
        """Take a question apart."""
        labels = words.labels(question)
        names = frozenset(stem for label in labels for stem in words.names(label))
        stems = frozenset(words.stems(question))
        return cls(frozenset(map(named, labels)), stems & names, stems - names)

    @property
    def needed(self) -> frozenset[str]:
        """What a passage needs to hold: a label under whatever name, and the other words."""
        return self.labels | self.words

    @property
    def all(self) -> frozenset[str]:
        """Every term."""
        return self.needed | self.spelt


class Coverage:
    """The rule, over the passages of an index.

    A passage covers a question when

    - it holds at least ``SHARE`` of what is needed, each term weighed by how few passages have it (a word that none has
      weighs most),
    - it names one of the labels, where the question names any,
    - one of the terms it holds is a label or belongs to its subject, or enough of them are there.

    A question that asks nothing is not covered.
    """

    def __init__(self, passages: Sequence[Extent]) -> None:
        self._passages = passages
        self._counts = Counter(term for passage in passages for term in passage.terms)

    def covers(self, index: int, asked: Asked) -> bool:
        """Whether the passage of this index covers the question."""
        passage = self._passages[index]
        held = asked.needed & passage.terms
        if asked.labels and not held & asked.labels:
            return False
        on_subject = bool(held & (passage.subject | asked.labels)) or len(held) >= passage.enough
        return on_subject and self._weight(held) >= SHARE * self._weight(asked.needed)

    def on_subject(self, index: int, asked: Asked) -> float:
        """Share of the question, by weight, that is the passage's very subject. Only for one that asks something."""
        return self._weight(asked.all & self._passages[index].subject) / self._weight(asked.all)

    def _weight(self, terms: Iterable[str]) -> float:
        """Inverse document frequency, summed (BM25's, never negative)."""
        size = len(self._passages)
        return math.fsum(math.log1p((size - n + 0.5) / (n + 0.5)) for n in (self._counts[term] for term in terms))
