"""What a sentence says besides its claims about findings: priors, numbers, advice, causes, any word nobody said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.findings import Change, Label, Polarity
from service.domain.verification import Standing
from service.verification.claims import RemarkKind, Sentence, Span
from service.verification.grounds import Ledger
from service.verification.knowledge import blanked
from service.verification.lexicon import Attribute, Lexicon, Quality, Structure
from service.verification.phrases import Match
from service.verification.rulings import Ruling, contradicted, unsupported
from service.verification.tongue import Tongue
from service.verification.words import Words

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)")
_GOOD = Ruling(Standing.SUPPORTED)
_LOOSE = (Change,)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence that says something besides findings, and how it stands."""

    span: Span
    kind: str
    ruling: Ruling


class Reading:
    """One sentence as the guard sees it: its words, and which of them are accounted for."""

    def __init__(self, text: str, sentence: Sentence, ledger: Ledger, lexicon: Lexicon, tongue: Tongue) -> None:
        self._blank = _without_names(text, sentence.span, ledger)
        self._text = text
        self._sentence = sentence
        self._ledger = ledger
        self._lexicon = lexicon
        self._tongue = tongue
        self._words = Words.of(self._blank, sentence.span)

    def parts(self) -> Iterator[Part]:
        """Give everything that must stand by itself."""
        yield from self._remarks()
        yield from self._numbers()
        yield from self._causes()
        yield from self._nothing()
        yield from self._loose()
        yield from self._unknown()

    @cached_property
    def declined(self) -> bool:
        """Whether the sentence says that something is not known or not given."""
        return any(self._tongue.declined.find(self._words.texts))

    @cached_property
    def here(self) -> bool:
        """Whether the sentence speaks of this film or patient."""
        return any(self._tongue.here.find(self._words.texts))

    @cached_property
    def _attributed(self) -> bool:
        return any(self._tongue.attributed.find(self._words.texts))

    def _remarks(self) -> Iterator[Part]:
        unread = any(self._tongue.no_prior.find(self._words.texts))
        for remark in self._sentence.remarks:
            if remark.kind is RemarkKind.PRIOR:
                yield Part(remark.span, "prior", self._prior(unread=unread))
            elif remark.kind is RemarkKind.RECOMMENDATION and not self.declined:
                yield Part(remark.span, "recommendation", unsupported("Nobody gave advice."))
            elif remark.kind is RemarkKind.DATE and not self._was_said(remark.span.of(self._text)):
                yield Part(remark.span, "date", unsupported("Nobody gave a date."))

    def _prior(self, *, unread: bool) -> Ruling:
        given = self._ledger.compared is not None
        if unread:
            return contradicted("A prior study was given.") if given else _GOOD
        return Ruling(Standing.SUPPORTED, ("prior",)) if given else unsupported("No prior study was given.")

    def _numbers(self) -> Iterator[Part]:
        labels = [claim.label for claim in self._sentence.claims if claim.label]
        measured = any(word in self._tongue.ratio for word in self._words.texts)
        allowed = list(self._ledger.numbers(labels, measured=measured))
        for found in _NUMBER.finditer(self._blank, self._sentence.span.start, self._sentence.span.end):
            span = Span(*found.span())
            if not (_among(found[0], allowed) or self._counted(span, float(found[0])) or self._was_said(found[0])):
                yield Part(span, "measurement", unsupported(f"Nobody measured or counted {found[0]}."))
        for place, word in enumerate(self._words.texts):
            if word in self._tongue.numerals:
                span = self._words.span(place, place + 1)
                if not self._counted(span, self._tongue.numerals[word]):
                    yield Part(span, "measurement", unsupported(f"Nobody counted {word}."))

    def _counted(self, span: Span, value: float) -> bool:
        """Whether the number counts what can be counted, and rightly."""
        after = [word for word, (start, _) in zip(*self._pairs, strict=True) if start >= span.end][:2]
        return value in self._ledger.counts() and any(word in self._tongue.counted for word in after)

    @property
    def _pairs(self) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
        return self._words.texts, self._words.spans

    def _causes(self) -> Iterator[Part]:
        if self.declined:
            return
        for match in self._tongue.cause.find(self._words.texts):
            yield Part(self._words.span(match.start, match.end), "cause", unsupported("Nobody said what causes what."))

    def _nothing(self) -> Iterator[Part]:
        texts = tuple("number" if word[0].isdigit() else word for word in self._words.texts)
        present = self._ledger.having(Polarity.PRESENT)
        whole = self._ledger.findings.get(Label.NO_FINDING)
        for match in self._tongue.nothing.find(texts):
            ruling = contradicted("Something was found.") if present and not whole else _GOOD
            yield Part(self._words.span(match.start, match.end), "normal", ruling)

    def _loose(self) -> Iterator[Part]:
        """Find what is said of a structure, or of nothing, that makes no claim: nobody assessed it."""
        claimed = [claim.span for claim in self._sentence.claims]
        findings = list(self._lexicon.findings.find(self._words.texts))
        gauged = any(word in self._tongue.gauges for word in self._words.texts)
        structures = any(_is(match, Structure) for match in findings) and not gauged
        for match in findings:
            span = self._words.span(match.start, match.end)
            held = any(each.start <= span.start and span.end <= each.end for each in claimed)
            if structures and _is(match, Quality) and not _is(match, Structure) and not held and not self._near(match):
                yield Part(span, "wording", unsupported(f"Nobody assessed what is said to be {span.of(self._text)}."))
        if not claimed and not self.declined:
            yield from self._changes()

    def _near(self, match: Match[Any]) -> bool:
        """Whether the word belongs to a claim that it stands right before or after ("large effusion")."""
        span = self._words.span(match.start, match.end)
        gaps = (
            self._text[span.end : claim.span.start]
            if span.end <= claim.span.start
            else self._text[claim.span.end : span.start]
            for claim in self._sentence.claims
        )
        return any(len(gap.split()) <= 1 and len(gap) > 0 for gap in gaps)

    def _changes(self) -> Iterator[Part]:
        for match in self._lexicon.attributes.find(self._words.texts):
            if any(isinstance(meaning, Attribute) and isinstance(meaning.value, _LOOSE) for meaning in match.meanings):
                span = self._words.span(match.start, match.end)
                if self._ledger.compared is None:
                    yield Part(
                        span, "prior", unsupported("No prior study was given, so nothing can be said about change.")
                    )

    def _unknown(self) -> Iterator[Part]:
        known = self._accounted()
        plain = self._tongue.plain | self._tongue.refused if self.declined else self._tongue.plain
        for place, word in enumerate(self._words.texts):
            if place in known or word in plain or not word[0].isalpha() or word in self._tongue.numerals:
                continue
            span = self._words.span(place, place + 1)
            spelt = span.of(self._text)
            if not self._was_said(spelt):
                kind = "name" if spelt[0].isupper() and span.start > self._sentence.span.start else "wording"
                yield Part(span, kind, unsupported(f"Nobody said: {spelt}."))

    def _accounted(self) -> set[int]:
        """Places of the words that the labeler or the guard has read as part of a phrase."""
        layers = (
            *(self._lexicon.findings, self._lexicon.build, self._lexicon.attributes, self._lexicon.remarks),
            *(self._tongue.declined, self._tongue.no_prior, self._tongue.nothing, self._tongue.cause),
        )
        return {
            place
            for layer in layers
            for match in layer.find(self._words.texts)
            for place in range(match.start, match.end)
        }

    def _was_said(self, spelt: str) -> bool:
        """Whether outside text has the word, in a sentence that says whose word it is, or that declines to answer."""
        sources = (
            self._ledger.facts.indication if self._attributed else None,
            self._ledger.grounds.question if self._attributed or self.declined else None,
            *(self._ledger.reasons if self.declined else ()),
        )
        return any(re.search(rf"(?<!\w){re.escape(spelt)}(?!\w)", each, re.IGNORECASE) for each in sources if each)


def _among(text: str, allowed: list[float]) -> bool:
    """Whether a number is one of these, rounded to the digits that it is given with."""
    slack = 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-9
    return any(abs(float(text) - value) <= slack for value in allowed)


def _without_names(text: str, span: Span, ledger: Ledger) -> str:
    """Blank the names and versions of the experts, and citations: they are no words of the language."""
    sentence = blanked(span.of(text))
    opinions = {(each.expert, each.version) for finding in ledger.findings.values() for each in finding.experts}
    for name in sorted({f"{expert} {version}" for expert, version in opinions} | {expert for expert, _ in opinions}):
        sentence = sentence.replace(name, " " * len(name))
    return text[: span.start] + sentence + text[span.end :]


def _is(match: Match[Any], kind: type) -> bool:
    return any(isinstance(meaning, kind) for meaning in match.meanings)
