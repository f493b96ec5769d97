"""Findings as statements for a prompt, in the style of a site's choice: ChatCAD's three designs and ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from types import MappingProxyType

from models.findings import Finding, Grade
from prompts import lexicons
from prompts.calibrated import assessed, paragraphs
from prompts.lexicons import Lexicon
from prompts.measured import Silence
from prompts.statement import Statement

Statements = tuple[Statement, ...]


class Style(StrEnum):
    """How findings are put into words.

    The first three are the prompt designs P1 to P3 of ChatCAD (Wang et al. 2023, arXiv 2302.07257), kept for
    comparison: they know neither a threshold's doubt nor a place. ``calibrated`` is ours.
    """

    SCORES = "scores"
    GRADES = "grades"
    POSITIVES = "positives"
    CALIBRATED = "calibrated"


def verbalise(
    findings: Sequence[Finding],
    style: Style = Style.CALIBRATED,
    language: str = "en",
    silence: Silence = MappingProxyType({}),
) -> Statements:
    """Every finding in words, each statement with the labels that it rests on; the order of ``findings`` is free.

    ``silence`` is said by our own style only: ChatCAD's designs know neither measures nor experts that keep silent.
    No finding, no statement: that nothing was assessed is not the same as that nothing was found.
    Raises UnknownLanguageError where there is no lexicon.
    """
    return worded_in(lexicons.load(language), findings, style, silence)


def worded_in(lexicon: Lexicon, findings: Sequence[Finding], style: Style, silence: Silence) -> Statements:
    """Every finding in the words of a lexicon, which may be a site's; see ``verbalise``."""
    order = list(lexicon.terms)
    ranked = sorted(findings, key=lambda finding: order.index(finding.label))
    if style is Style.CALIBRATED:
        return _calibrated(ranked, lexicon, silence)
    return _DESIGNS[style](ranked, lexicon) if ranked else ()


def _scores(findings: Sequence[Finding], lexicon: Lexicon) -> Statements:
    lines = (
        Statement(
            lexicon.say(
                "chatcad.score",
                name=lexicon.terms[finding.label].name,
                probability=lexicon.figure(finding.probability),
            ),
            (finding.label,),
        )
        for finding in findings
    )
    return (Statement(lexicon.say("chatcad.scores_head")), *lines)


def _grades(findings: Sequence[Finding], lexicon: Lexicon) -> Statements:
    graded = {grade: [finding.label for finding in assessed(findings) if finding.grade is grade] for grade in Grade}
    return tuple(
        Statement(lexicon.phrase(lexicon.tables["chatcad_grades"][grade], labels), tuple(labels))
        for grade, labels in graded.items()
        if labels
    )


def _positives(findings: Sequence[Finding], lexicon: Lexicon) -> Statements:
    """Design P3 knows no doubt: at or above the threshold is positive (ChatCAD's own threshold was 0.5 for all)."""
    positive = [finding.label for finding in assessed(findings) if finding.probability >= finding.threshold]
    if not positive:
        return (Statement(lexicon.say("chatcad.nothing"), tuple(finding.label for finding in findings)),)
    return (Statement(lexicon.phrase(lexicon.tables["chatcad"]["positive"], positive), tuple(positive)),)


def _calibrated(findings: Sequence[Finding], lexicon: Lexicon, silence: Silence) -> Statements:
    return tuple(statement for paragraph in paragraphs(findings, lexicon, silence) for statement in paragraph)


_DESIGNS: dict[Style, Callable[[Sequence[Finding], Lexicon], Statements]] = {
    Style.SCORES: _scores,
    Style.GRADES: _grades,
    Style.POSITIVES: _positives,
}
