"""Whether a sentence of general knowledge says what a passage says: by its words, their order, numbers, negations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from prompts.facts import Passage
from service.verification.claims import Span
from service.verification.sentences import split
from service.verification.tongue import Tongue

CITATION = re.compile(r"\[\s*([\w./-]+#[\w-]+)\s*\]")
"""A passage's id in square brackets, as the prompt asks for it."""
SITE = "site/"
"""How the ids of a site's own documents begin."""
_AFTER = re.compile(rf"(?:\s*{CITATION.pattern})+")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ONE_IN = 6
"""Of so many telling words of a sentence one may be its own: nearly the passage's words, as the prompt asks."""
_TELLING = 2
_OF_TWO = 8
"""Telling words from which on a sentence may be drawn from two: shorter ones mix their subjects."""
_SHORT = 3
_STEM = 6
"""Letters by which two forms of a word are one: "collapse", "collapsed"."""


def covering(text: str, passages: Iterable[Passage], tongue: Tongue) -> Passage | None:
    """Return the first passage of which one sentence, or two in a row, say what this sentence says, in its order."""
    plain = CITATION.sub(" ", text)
    said = _read(plain, tongue)
    if len(said.words) < _TELLING:
        return None
    words = _WORD.findall(plain.lower())
    # "It is not visible": of what, the passage's sentence says, and this one does not.
    verb = any(word in tongue.verbs for word in words) and words[0] not in tongue.pronouns
    for passage in passages:
        sentences = [span.of(passage.text) for span in split(passage.text)]
        read = [_read(sentence, tongue) for sentence in sentences]
        if _bare(plain) in map(_bare, sentences):
            return passage
        if verb and (any(_says(said, one) for one in read) or any(_says(said, *two) for two in pairwise(read))):
            return passage
    return None


def quoting(text: str, passages: Iterable[Passage]) -> Passage | None:
    """Return the first of our own articles of which this is a sentence, word for word.

    They are written to say nothing of any film; a site's documents may say anything.
    """
    plain = _bare(CITATION.sub(" ", text))
    own = (passage for passage in passages if not passage.id.startswith(SITE))
    return next((each for each in own if plain in {_bare(span.of(each.text)) for span in split(each.text)}), None)


def _bare(sentence: str) -> str:
    return " ".join(sentence.split()).rstrip(" .")


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence's telling words in their order, its numbers, and whether anything is denied."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    denied: bool


def _says(said: _Told, *held: _Told) -> bool:
    """Whether sentences in a row hold what is said, in its order; of two, only what is long enough."""
    if said.denied != any(each.denied for each in held):
        return False
    if not said.numbers <= frozenset(chain.from_iterable(each.numbers for each in held)):
        return False
    shared = _shared(said.words, tuple(chain.from_iterable(each.words for each in held)))
    if len(held) > 1 and len(said.words) < _OF_TWO:
        return False
    return len(said.words) - shared <= len(said.words) // _ONE_IN


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest run of words that both have in the same order."""
    row = [0] * (len(other) + 1)
    for word in one:
        before, row = row, [0]
        for place, held in enumerate(other):
            row.append(before[place] + 1 if word == held else max(row[place], before[place + 1]))
    return row[-1]


def _read(text: str, tongue: Tongue) -> _Told:
    words = [word.lower() for word in _WORD.findall(text)]
    stems = (_stem(word) for word in words if word[0].isalpha() and word not in tongue.small | tongue.negations)
    numbers = frozenset(word for word in words if word[0].isdigit())
    return _Told(tuple(stems), numbers, any(word in tongue.negations for word in words))


def _stem(word: str) -> str:
    return (word.removesuffix("s") if len(word) > _SHORT else word)[:_STEM]


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
