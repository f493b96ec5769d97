"""Whether a sentence of general knowledge says what a passage says: by its words, numbers and negations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from prompts.facts import Passage
from service.verification.claims import Span
from service.verification.sentences import split
from service.verification.tongue import Tongue

CITATION = re.compile(r"\[\s*([\w./-]+#[\w-]+)\s*\]")
"""A passage's id in square brackets, as the prompt asks for it."""
_AFTER = re.compile(rf"(?:\s*{CITATION.pattern})+")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ENOUGH = 0.8
"""Share of a sentence's telling words that a passage must hold: nearly its own words, as the prompt asks."""
_STEM = 6
"""Letters by which two forms of a word are one: "collapse", "collapsed"."""


def covering(text: str, passages: Iterable[Passage], tongue: Tongue) -> Passage | None:
    """Return the first passage of which one sentence, or two in a row, say what this sentence says."""
    said, numbers, denied = _read(CITATION.sub(" ", text), tongue)
    if not said:
        return None
    for passage in passages:
        for held, known, denies in _stretches(passage.text, tongue):
            if denied == denies and numbers <= known and len(said & held) >= _ENOUGH * len(said):
                return passage
    return None


def _stretches(text: str, tongue: Tongue) -> Iterator[tuple[set[str], set[str], bool]]:
    sentences = [_read(span.of(text), tongue) for span in split(text)]
    yield from sentences
    for (one, numbers, denies), (other, more, too) in pairwise(sentences):
        yield one | other, numbers | more, denies or too


def _read(text: str, tongue: Tongue) -> tuple[set[str], set[str], bool]:
    """Return the stems of the telling words, the numbers, and whether anything is denied."""
    words = [word.lower() for word in _WORD.findall(text)]
    stems = {word[:_STEM] for word in words if word[0].isalpha() and word not in tongue.small | tongue.negations}
    return stems, {word for word in words if word[0].isdigit()}, any(word in tongue.negations for word in words)


def blanked(text: str) -> str:
    """Return the text with blanks for citations, of the same length: their words are nobody's."""
    return CITATION.sub(lambda found: " " * len(found[0]), text)


def with_citations(text: str, span: Span) -> Span:
    """Stretch a sentence over the citations that stand behind its full stop."""
    after = _AFTER.match(text, span.end)
    return Span(span.start, after.end()) if after else span


def cited(text: str, span: Span) -> list[tuple[Span, str]]:
    """Return the passages' ids that a sentence cites, with the place of each."""
    return [(Span(*found.span()), found[1]) for found in CITATION.finditer(text, span.start, span.end)]
