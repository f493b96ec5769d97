"""What a clause says besides its claims about findings: priors, advice, causes, any word that nobody said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from models.findings import Change, Label, Polarity
from service.domain.verification import Standing
from service.verification.claims import RemarkKind, Span
from service.verification.figures import amount_of, numbers, reckoned, rightly
from service.verification.lexicon import Attribute, Quality, Structure
from service.verification.phrases import Match
from service.verification.reading import Part, Reading, places
from service.verification.rulings import Ruling, contradicted, unsupported

_SIZED = re.compile(r"(?<![\w.#/-])\d[\d.]*[^\W\d_][\w.]*|[\u00bc-\u00be\u2150-\u215e]")
"""A number with letters behind it, or the sign of a fraction: no figure of ours is written so."""
_FOREIGN = re.compile(r"[^\W\d_a-zA-Z\u00b5\u00c0-\u024f]+|[\u2600-\u27bf\U0001f000-\U0001faff]")
"""Letters of another writing, and pictures: nobody here reads them."""
_NOTHING_SAID = re.compile(r":\s*(?:[-\u2013\u2014\u00d7xX0/]|n/?a)\s*(?=[.;|\n]|$)")
_BARE = "It rests on nothing that was found or said."
_GOOD = Ruling(Standing.SUPPORTED)


def parts(reading: Reading) -> Iterator[Part]:
    """Give everything in a clause that must stand by itself."""
    yield from _remarks(reading)
    yield from numbers(reading)
    yield from _causes(reading)
    yield from _nothing(reading)
    yield from _narrower(reading)
    yield from _loose(reading)
    yield from _denials(reading)
    yield from _bare(reading)
    yield from _unknown(reading)
    yield from _unread(reading)


def _standing(reading: Reading) -> bool:
    """Whether anything in it rests on something: a claim, a figure, somebody's words, or that nothing is known."""
    tongue, words = reading.tongue, reading.words.texts
    said = (reading.was_said(word) for word in words if word not in tongue.glue)
    return bool(
        reading.clause.claims
        or reading.declined
        or reading.has(tongue.no_prior)
        or reading.has(tongue.nothing)
        or rightly(reading)
        or (reading.attributed and any(said))
        or any(tongue.views.get(word) in reading.ledger.facts.views for word in words)
    )


def _remarks(reading: Reading) -> Iterator[Part]:
    unread = any(reading.tongue.no_prior.find(reading.words.texts))
    for remark in reading.clause.remarks:
        if remark.kind is RemarkKind.PRIOR:
            yield Part(remark.span, "prior", _prior(reading, unread=unread))
        elif remark.kind is RemarkKind.RECOMMENDATION and not reading.declined:
            yield Part(remark.span, "recommendation", unsupported("Nobody gave advice."))
        elif remark.kind is RemarkKind.DATE and not reading.was_said(remark.span.of(reading.text)):
            yield Part(remark.span, "date", unsupported("Nobody gave a date."))


def _prior(reading: Reading, *, unread: bool) -> Ruling:
    given = reading.ledger.compared is not None
    if unread:
        return contradicted("A prior study was given.") if given else _GOOD
    return Ruling(Standing.SUPPORTED, ("prior",)) if given else unsupported("No prior study was given.")


def _causes(reading: Reading) -> Iterator[Part]:
    if reading.declined:
        return
    for match in reading.tongue.cause.find(reading.words.texts):
        yield Part(reading.words.span(match.start, match.end), "cause", unsupported("Nobody said what causes what."))


def _nothing(reading: Reading) -> Iterator[Part]:
    texts = reading.spoken
    present = reading.ledger.having(Polarity.PRESENT)
    doubted = reading.ledger.having(Polarity.UNCERTAIN)
    whole = reading.ledger.findings.get(Label.NO_FINDING)
    found, open_ = contradicted("Something was found."), unsupported("The experts are in doubt; the text is not.")
    for match in reading.tongue.nothing.find(texts):
        denied = any(word in {"absent", "negative"} for word in texts[match.start : match.end])
        ruling = found if present and not whole else open_ if denied and doubted else _GOOD
        yield Part(reading.words.span(match.start, match.end), "normal", ruling)
    few = unsupported(
        f"Only {len(reading.ledger.findings)} findings were assessed; that does not make the film normal."
    )
    for match in reading.tongue.normal.find(texts):
        if not reading.declined:
            yield Part(reading.words.span(match.start, match.end), "normal", found if present else few)


def _narrower(reading: Reading) -> Iterator[Part]:
    """Find cases of a label that nobody told from its others."""
    for match in reading.tongue.narrower.find(reading.words.texts):
        span = reading.words.span(match.start, match.end)
        if not reading.declined and not reading.was_said(span.of(reading.text)):
            yield Part(span, "wording", unsupported(f"No expert tells {span.of(reading.text)} from other cases."))
    for match in reading.tongue.exceptions.find(reading.words.texts):
        span = reading.words.span(match.start, match.end)
        yield Part(span, "wording", unsupported(f"What this leaves out is not clear: {span.of(reading.text)}."))


def _denials(reading: Reading) -> Iterator[Part]:
    """Find a denial that no claim and no phrase has read: it may turn what was read around."""
    known = reading.read | reading.turning
    for place, word in enumerate(reading.words.texts):
        if (
            word in reading.tongue.negations
            and place not in known
            and not reading.declined
            and not reading.answers(word)
        ):
            yield Part(reading.words.span(place, place + 1), "wording", unsupported("What this denies is not clear."))


def _unread(reading: Reading) -> Iterator[Part]:
    """Find what is no word of the language at all."""
    start, end = reading.clause.span.start, reading.clause.span.end
    for found in (*_FOREIGN.finditer(reading.blank, start, end), *_SIZED.finditer(reading.blank, start, end)):
        if not reading.was_said(found[0]):
            yield Part(Span(*found.span()), "wording", unsupported(f"Nobody said: {found[0]}."))
    if (open_ := _NOTHING_SAID.search(reading.blank, start)) and open_.start() < end:
        yield Part(Span(*open_.span()), "wording", unsupported("What stands behind the colon says nothing clear."))


def _loose(reading: Reading) -> Iterator[Part]:
    """Find what is said of a structure, or of nothing, that makes no claim: nobody assessed it."""
    findings = list(reading.lexicon.findings.find(reading.words.texts))
    structures = any(_is(match, Structure) for match in findings)
    for match in findings:
        span = reading.words.span(match.start, match.end)
        if not _is(match, Quality) or _is(match, Structure) or reading.held(span):
            continue
        amount = amount_of(match)
        if reading.gauged and amount:
            yield from reckoned(reading, span, amount)
        elif (structures or reading.clause.claims) and not (amount and _near(reading, match)):
            yield Part(span, "wording", unsupported(f"Nobody assessed what is said to be {span.of(reading.text)}."))
    if not reading.clause.claims and not reading.declined:
        yield from _changes(reading)


def _near(reading: Reading, match: Match[Any]) -> bool:
    """Whether the word belongs to a claim that it stands right before or after ("large effusion")."""
    span = reading.words.span(match.start, match.end)
    gaps = (
        reading.text[span.end : claim.span.start]
        if span.end <= claim.span.start
        else reading.text[claim.span.end : span.start]
        for claim in reading.clause.claims
    )
    return any(len(gap.split()) <= 1 and len(gap) > 0 for gap in gaps)


def _changes(reading: Reading) -> Iterator[Part]:
    for match in reading.lexicon.attributes.find(reading.words.texts):
        if any(isinstance(meaning, Attribute) and isinstance(meaning.value, Change) for meaning in match.meanings):
            span = reading.words.span(match.start, match.end)
            if reading.ledger.compared is None:
                yield Part(span, "prior", unsupported("No prior study was given, so nothing can be said about change."))


def _bare(reading: Reading) -> Iterator[Part]:
    """Find a clause that rests on nothing; a heading, or a yes or no before its sentence, need not."""
    words = [word for word in reading.words.texts if word[0].isalnum()]
    heading = reading.clause.span.of(reading.text).rstrip().endswith(":")
    if heading or _standing(reading) or reading.answers(words[0] if words else ""):
        return
    if any(word not in reading.tongue.glue for word in words):
        yield Part(_trimmed(reading.text, reading.clause.span), "wording", unsupported(_BARE))


def _unknown(reading: Reading) -> Iterator[Part]:
    """Find every word that no phrase has read, that adds something, and that nobody said."""
    tongue = reading.tongue
    known = reading.read | reading.turning | places(reading.words.texts, reading.lexicon.build)
    plain = tongue.plain | tongue.glue | tongue.numerals.keys() | (tongue.refused if reading.declined else frozenset())
    for place, word in enumerate(reading.words.texts):
        span = reading.words.span(place, place + 1)
        spelt = span.of(reading.text)
        if place in known or word in plain or not word[0].isalpha() or reading.was_said(spelt):
            continue
        if word not in tongue.views:
            kind = "name" if spelt[0].isupper() and span.start > reading.clause.span.start else "wording"
            yield Part(span, kind, unsupported(f"Nobody said: {spelt}."))
        elif tongue.views[word] not in reading.ledger.facts.views and not reading.declined:
            yield Part(span, "technique", unsupported(f"No {word} view was read."))


def _trimmed(text: str, span: Span) -> Span:
    """Leave out the blanks around a clause."""
    said = span.of(text)
    return Span(span.start + len(said) - len(said.lstrip()), span.start + len(said.rstrip()))


def _is(match: Match[Any], kind: type) -> bool:
    return any(isinstance(meaning, kind) for meaning in match.meanings)
