"""The cxr-scribe labeler: from the text of a report, a draft or a chat to claims, by rules that are data.

Not CheXbert and not CheXpert's labeler, though it follows the latter's idea (Irvin et al. 2019): mentions, then
negation and doubt, then a summary. docs/labeler.md tells how well it does, and against what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from service.verification import lexicon as lexicons
from service.verification.attributes import Attributes, attributes
from service.verification.claims import Claim, Remark, RemarkKind, Section, Sentence, Span, Status
from service.verification.lexicon import Lexicon
from service.verification.mentions import Mention, mentions
from service.verification.scope import Sense, senses
from service.verification.sentences import split
from service.verification.words import Build, Words

_MEASUREMENT = re.compile(
    r"\d+(?:\.\d+)?(?:\s*[x\u00d7]\s*\d+(?:\.\d+)?)*"
    r"\s*(?:mm|cm|centimet(?:er|re)s?|millimet(?:er|re)s?|%)(?![a-z])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}"
    r"|\d{1,2}(?:st|nd|rd|th)?\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:\s+\d{4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?)\b",
    re.IGNORECASE,
)


def read(text: str, language: str = "en") -> tuple[Sentence, ...]:
    """Read a text: its sentences, each with section, claims and remarks; spans are places in ``text``.

    Raises UnknownLanguageError.
    """
    lexicon = lexicons.load(language)
    return tuple(
        _sentence(text, Span(part.start + span.start, part.start + span.end), section, lexicon)
        for section, part in lexicon.headings.cut(text)
        for span in split(part.of(text))
    )


def _sentence(text: str, span: Span, section: Section | None, lexicon: Lexicon) -> Sentence:
    words = Words.of(text, span)
    build = Build.of(words, lexicon)
    found = mentions(build)
    claims: tuple[Claim, ...] = ()
    if found:
        read_as = senses(build, found, lexicon.asserting)
        described = attributes(build, found)
        claims = tuple(_claim(words, *parts) for parts in zip(found, read_as, described, strict=True))
        if section is Section.INDICATION:
            claims = tuple(map(_asked, claims))
    return Sentence(
        span, section, claims, tuple(sorted(_remarks(text, span, words, lexicon), key=lambda remark: remark.span))
    )


def _asked(claim: Claim) -> Claim:
    """Take a claim as a question: what an indication names says nothing of this film."""
    return replace(claim, status=Status.ASKED) if claim.status is Status.CURRENT else claim


def _claim(words: Words, mention: Mention, sense: Sense, said: Attributes) -> Claim:
    return Claim(
        span=words.span(mention.start, mention.end),
        observation=mention.observation.name,
        label=mention.observation.label,
        polarity=sense.polarity,
        certainty=sense.certainty,
        status=sense.status,
        side=said.side,
        height=said.height,
        severity=said.severity or mention.severity,
        acuity=said.acuity,
        change=sense.change or said.change,
        device=mention.observation.device,
        related=mention.observation.related,
        cues=tuple(words.span(start, end) for start, end in sense.cues),
    )


def _remarks(text: str, span: Span, words: Words, lexicon: Lexicon) -> Iterator[Remark]:
    for match in lexicon.remarks.find(words.texts):
        for kind in match.meanings:
            yield Remark(words.span(match.start, match.end), kind)
    for pattern, kind in ((_MEASUREMENT, RemarkKind.MEASUREMENT), (_DATE, RemarkKind.DATE)):
        for found in pattern.finditer(text, span.start, span.end):
            yield Remark(Span(*found.span()), kind)
