"""One clause as the guard reads it: its words, which of them are accounted for, and whose they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.findings import Polarity
from service.verification import lexicon as lexicons
from service.verification import tongue as tongues
from service.verification.claims import Sentence, Span
from service.verification.glossary import without_meanings
from service.verification.grounds import Ledger
from service.verification.knowledge import blanked
from service.verification.lexicon import Lexicon
from service.verification.phrases import Automaton
from service.verification.rulings import Ruling
from service.verification.tongue import Tongue
from service.verification.words import Words


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence that says something besides findings, and how it stands."""

    span: Span
    kind: str
    ruling: Ruling


class Reading:
    """One clause of a sentence as the guard sees it: its words, and which of them are accounted for."""

    def __init__(self, text: str, clause: Sentence, sentence: Sentence, ledger: Ledger) -> None:
        self.blank = _without_names(text, clause.span, ledger)
        self.text = text
        self.clause = clause
        self.whole = sentence
        self.ledger = ledger
        self.lexicon: Lexicon = lexicons.load(ledger.facts.language)
        self.tongue: Tongue = tongues.load(ledger.facts.language)
        self.words = Words.of(self.blank, clause.span)

    @cached_property
    def declined(self) -> bool:
        """Whether the clause says that something is not known or not given."""
        return self.has(self.tongue.declined)

    @cached_property
    def here(self) -> bool:
        """Whether it speaks of this film or patient."""
        return self.has(self.tongue.here)

    @cached_property
    def outside(self) -> bool:
        """Whether its words are somebody's, a question, or what was looked for, rather than what the film shows."""
        asked = self.clause.span.of(self.text).rstrip().endswith("?")
        return asked or self.declined or self.attributed or self.has(self.tongue.checked)

    @cached_property
    def attributed(self) -> bool:
        """Whether its words are somebody's: the indication's, the question's."""
        shown = any(word in self.tongue.shown for word in self.words.texts)
        return self.has(self.tongue.attributed) and not shown

    @cached_property
    def gauged(self) -> bool:
        """Whether it speaks of a probability or of the ratio."""
        return any(word in self.tongue.gauges or word in self.tongue.ratio for word in self.words.texts)

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """Its words, with "number" for each number, as the guard's phrases have it."""
        numerals = self.tongue.numerals
        return tuple("number" if word[0].isdigit() or word in numerals else word for word in self.words.texts)

    def has(self, phrases: Automaton[str]) -> bool:
        """Whether one of these phrases of the guard is in it."""
        return any(phrases.find(self.spoken))

    def held(self, span: Span) -> bool:
        """Whether a place belongs to a claim, or to the words that turn it."""
        places = (each for claim in self.clause.claims for each in (claim.span, *claim.cues))
        return any(each.start <= span.start and span.end <= each.end for each in places)

    def before(self, span: Span) -> list[str]:
        """Give the words before a place."""
        return [word for word, (_, end) in zip(self.words.texts, self.words.spans, strict=True) if end <= span.start]

    @cached_property
    def turning(self) -> set[int]:
        """Places of the words that turn a claim."""
        cues = [cue for claim in self.clause.claims for cue in claim.cues]
        return {
            place
            for place, (start, end) in enumerate(self.words.spans)
            if any(cue.start <= start and end <= cue.end for cue in cues)
        }

    @cached_property
    def read(self) -> set[int]:
        """Places of the words that the labeler or the guard has read as part of a phrase, cues aside."""
        lexicon, tongue = self.lexicon, self.tongue
        given = (tongue.declined, tongue.no_prior, tongue.nothing, tongue.normal, tongue.cause)
        phrases = (*given, tongue.narrower, tongue.exceptions, tongue.checked)
        return {
            *places(self.words.texts, lexicon.findings, lexicon.attributes, lexicon.remarks),
            *places(self.spoken, *phrases),
        }

    def answers(self, word: str) -> bool:
        """Whether "no" or "yes" before a comma says what the sentence goes on to say."""
        first = next((claim for claim in self.whole.claims if claim.span.start >= self.clause.span.end), None)
        alone = [each for each in self.words.texts if each.isalnum()] == [word]
        said = {"no": Polarity.ABSENT, "yes": Polarity.PRESENT}.get(word)
        return alone and first is not None and first.polarity is said

    def was_said(self, spelt: str) -> bool:
        """Whether outside text has the word, in a sentence that says whose word it is, or that declines to answer."""
        sources = (
            self.ledger.facts.indication if self.attributed else None,
            self.ledger.grounds.question if self.attributed or self.declined else None,
            *(self.ledger.reasons if self.declined else ()),
        )
        return any(re.search(rf"(?<!\w){re.escape(spelt)}(?!\w)", each, re.IGNORECASE) for each in sources if each)


def places(words: tuple[str, ...], *layers: Automaton[Any]) -> set[int]:
    """Places of the words that belong to a phrase of these layers."""
    found = (match for layer in layers for match in layer.find(words))
    return {place for match in found for place in range(match.start, match.end)}


def _without_names(text: str, span: Span, ledger: Ledger) -> str:
    """Blank names and versions of experts, citations, and the reasons why an expert kept silent: none is a claim."""
    sentence = without_meanings(blanked(span.of(text)), ledger.facts.language)
    for name in ledger.names:
        sentence = sentence.replace(name, " " * len(name))
    for reason in ledger.reasons:
        sentence = re.sub(re.escape(reason), lambda found: " " * len(found[0]), sentence, flags=re.IGNORECASE)
    return text[: span.start] + sentence + text[span.end :]
