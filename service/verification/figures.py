"""The figures of a clause: what was measured, counted or said, and how high or low it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service.verification.claims import Span
from service.verification.lexicon import Quality
from service.verification.phrases import Match
from service.verification.reading import Part, Reading
from service.verification.rulings import unsupported

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)")
_EVEN = 0.5
_RATIOS = (0.1, 1.0)
"""Between these a figure of a measurement is a ratio; others are its error, and percents."""
_AMOUNTS = frozenset({"small", "large"})


def numbers(reading: Reading) -> Iterator[Part]:
    """Find the figures that nobody measured, counted or said."""
    for found in _found(reading):
        if not _figure(reading, found):
            yield Part(Span(*found.span()), "measurement", unsupported(f"Nobody measured or counted {found[0]}."))
    for span, right in _numerals(reading):
        if not right:
            yield Part(span, "measurement", unsupported(f"Nobody counted {span.of(reading.text)}."))


def rightly(reading: Reading) -> bool:
    """Whether a clause has a figure that is right, or says how high or low one is."""
    amounts = reading.gauged and any(map(amount_of, reading.lexicon.findings.find(reading.words.texts)))
    numerals = any(right for _, right in _numerals(reading))
    return amounts or numerals or any(_figure(reading, found) for found in _found(reading))


def _numerals(reading: Reading) -> Iterator[tuple[Span, bool]]:
    """Give every number in words, and whether it counts rightly."""
    for place, word in enumerate(reading.words.texts):
        if word in reading.tongue.numerals:
            span = reading.words.span(place, place + 1)
            yield span, _counted(reading, span, reading.tongue.numerals[word])


def _found(reading: Reading) -> Iterator[re.Match[str]]:
    return _NUMBER.finditer(reading.blank, reading.clause.span.start, reading.clause.span.end)


def _figure(reading: Reading, found: re.Match[str]) -> bool:
    """Whether somebody measured, counted or said a number, and what it is compared with is so."""
    span = Span(*found.span())
    if _counted(reading, span, float(found[0])) or reading.was_said(found[0]):
        return True
    after = reading.blank[span.end : span.end + 10].lstrip().lower()
    percent = after.startswith(("%", "percent"))
    if "." not in found[0] and not percent:
        return False
    if percent and not reading.gauged and reading.before(span)[-1:] not in (["("], [":"], [","]):
        return False
    labels = [claim.label for claim in reading.clause.claims if claim.label]
    measured = any(word in reading.tongue.ratio for word in reading.words.texts)
    allowed = list(reading.ledger.numbers(labels, measured=measured))
    bounds = reading.tongue.over, reading.tongue.under
    over, under = (any(word in bound for word in reading.before(span)[-2:]) for bound in bounds)
    if measured and (over or under):
        ratios = [value for value in allowed if _RATIOS[0] < value < _RATIOS[1]]
        return any(value > float(found[0]) if over else value < float(found[0]) for value in ratios)
    return _among(found[0], allowed)


def _counted(reading: Reading, span: Span, value: float) -> bool:
    """Whether the number counts findings or pictures, and rightly."""
    after = [
        word for word, (start, _) in zip(reading.words.texts, reading.words.spans, strict=True) if start >= span.end
    ][:2]
    findings = any(word in reading.tongue.counted for word in after) and value in reading.ledger.counts()
    return findings or (any(word in reading.tongue.pictures for word in after) and value in reading.ledger.pictures())


def amount_of(match: Match[Any]) -> str | None:
    """Say whether the word is one of a low or of a high amount: ``small``, ``large``, or None."""
    names = [meaning.name for meaning in match.meanings if isinstance(meaning, Quality)]
    return next((name for name in names if name in _AMOUNTS), None)


def reckoned(reading: Reading, span: Span, amount: str) -> Iterator[Part]:
    """Hold "low" and "high" of a probability against those of the labels that the sentence names."""
    named = [claim.label for claim in reading.whole.claims if claim.label]
    findings = [reading.ledger.findings[label] for label in named if label in reading.ledger.findings]
    if not findings or any((finding.probability < _EVEN) is not (amount == "small") for finding in findings):
        yield Part(span, "measurement", unsupported(f"That is not {span.of(reading.text)}."))


def _among(text: str, allowed: list[float]) -> bool:
    """Whether a number is one of these, rounded to the digits that it is given with."""
    slack = 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-9
    return any(abs(float(text) - value) <= slack for value in allowed)
