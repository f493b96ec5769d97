"""A sentence in pieces that must each stand on something: what one denies or declines says nothing of the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from service.verification.claims import Claim, Sentence, Span
from service.verification.tongue import Tongue

_PARTING = re.compile(r"[;:?|\u2014\u2013\u2026\u2022\u2192]|\s-+\s|=>|\.{2,}|\n")
"""Marks after which something new is said. A full stop is none: sentences are parted already."""


def clauses(text: str, sentence: Sentence, tongue: Tongue) -> Iterator[Sentence]:
    """Give the pieces of a sentence, each with its claims and remarks; no piece ends inside a claim."""
    held = [_hull(claim) for claim in sentence.claims]
    start, end = sentence.span.start, sentence.span.end
    cuts = sorted({*(found.end() for found in _PARTING.finditer(text, start, end)), *tongue.cuts(text, start, end)})
    for cut in (*cuts, end):
        if cut > start and (cut == end or not any(span.start < cut < span.end for span in held)):
            yield _piece(sentence, Span(start, cut))
            start = cut


def _hull(claim: Claim) -> Span:
    """Return the least span that holds a claim and the words that turn it."""
    return Span(
        min(span.start for span in (claim.span, *claim.cues)), max(span.end for span in (claim.span, *claim.cues))
    )


def _piece(sentence: Sentence, span: Span) -> Sentence:
    return replace(
        sentence,
        span=span,
        claims=tuple(claim for claim in sentence.claims if span.start <= claim.span.start < span.end),
        remarks=tuple(remark for remark in sentence.remarks if span.start <= remark.span.start < span.end),
    )
