"""The narrator: a whole report from the facts alone, deterministic, with no language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from models.findings import Finding, Polarity
from prompts.audience import Audience
from prompts.calibrated import Paragraphs, assessed, having, overall, paragraphs, worded
from prompts.comparison import comparison
from prompts.facts import StudyFacts
from prompts.fence import visible
from prompts.lexicons import Lexicon
from prompts.site import NO_SITE, Site
from prompts.statement import Statement, sentence
from prompts.technique import technique

Statements = tuple[Statement, ...]

_QUOTATION_MARKS = dict.fromkeys(map(ord, '"“”„«»\u2039\u203a\u300c\u300d\u300e\u300f'), "'")
_SENTENCE_ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")


@dataclass(frozen=True, slots=True)
class Narration:
    """The five sections as texts, and by section's name the sentences they consist of, each with its labels."""

    indication: str
    technique: str
    comparison: str
    findings: str
    impression: str
    sentences: Mapping[str, Statements]


def narrate(facts: StudyFacts, audience: Audience = Audience.CLINICIAN, site: Site | None = None) -> Narration:
    """Write the report: every finding with its strength, doubt, place and measure, who kept silent, and nothing else.

    A label without a finding is not mentioned; nothing positive is never "normal", unless the site's own words for a
    clinician say so. Raises UnknownLanguageError.
    """
    own = site or NO_SITE
    lexicon = own.lexicon(facts.language, audience)
    normal = own.normal(facts, lexicon) if audience is Audience.CLINICIAN else None
    findings, summary = normal or (_findings(facts, lexicon), impression(facts, lexicon))
    parts: dict[str, Paragraphs] = {
        "indication": (_indication(facts, lexicon),),
        "technique": ((*technique(facts, lexicon), *own.technique(facts.language)),),
        "comparison": (comparison(facts.comparison, lexicon),),
        "findings": findings,
        "impression": tuple((line,) for line in summary),
    }
    return _written(parts, lexicon)


def impression(facts: StudyFacts, lexicon: Lexicon, form: str = "impression") -> Statements:
    """Sum up: what is present, most urgent and then most probable first; then what is in doubt, the likelier first.

    Findings of one tier of urgency that share strength and place share a line. ``form`` "finding" gives whole
    sentences in place of a report's terse lines.
    """
    if not facts.findings:
        return (Statement(lexicon.say("narration.no_impression")),)
    if not assessed(facts.findings):
        return overall(facts.findings, lexicon)
    tiers = groupby(by_urgency(having(facts.findings, Polarity.PRESENT), lexicon), key=_urgency(lexicon))
    present = tuple(line for _, tier in tiers for line in worded(tier, lexicon, form))
    doubtful = by_urgency(having(facts.findings, Polarity.UNCERTAIN), lexicon)
    doubtful.sort(key=lambda finding: finding.probability < finding.threshold)
    return (*(present or (_nothing_positive(facts, lexicon),)), *worded(doubtful, lexicon, form))


def closing(lexicon: Lexicon) -> str:
    """Return the words that end every report, "" for none: a patient is told that a doctor reads the film."""
    return lexicon.plain("narration.closing")


def by_urgency(findings: Sequence[Finding], lexicon: Lexicon) -> list[Finding]:
    """Sort findings by tier of urgency, then by probability, highest first, then in the order of reading."""
    tier, order = _urgency(lexicon), list(lexicon.terms)
    return sorted(findings, key=lambda finding: (tier(finding), -finding.probability, order.index(finding.label)))


def not_read(facts: StudyFacts, lexicon: Lexicon) -> Statements:
    """Say that there are no findings and why, by the reasons of the images that were stopped."""
    key = "nothing_assessed" if facts.views else "not_read"
    return (Statement(lexicon.say(f"narration.{key}")), *_reasons(facts))


def _written(parts: Mapping[str, Paragraphs], lexicon: Lexicon) -> Narration:
    """Set the sections: a paragraph a line, the lines of the impression numbered, then the closing words."""
    last = tuple(Statement(text) for text in (closing(lexicon),) if text)
    texts = {
        name: [lexicon.joined([statement.text for statement in paragraph]) for paragraph in section]
        for name, section in parts.items()
    }
    sentences = {name: tuple(line for paragraph in part for line in paragraph) for name, part in parts.items()}
    summary = [*_numbered(texts["impression"], lexicon), *(statement.text for statement in last)]
    return Narration(
        **{name: "\n".join(lines) for name, lines in texts.items() if name != "impression"},
        impression="\n".join(summary),
        sentences={**sentences, "impression": (*sentences["impression"], *last)},
    )


def _findings(facts: StudyFacts, lexicon: Lexicon) -> Paragraphs:
    """Say what the experts found; then, for images that were stopped before the experts, why."""
    if not facts.findings:
        return (not_read(facts, lexicon), *paragraphs((), lexicon, facts.silence))
    found, reasons = paragraphs(facts.findings, lexicon, facts.silence), _reasons(facts)
    return (*found, (Statement(lexicon.say("narration.partly_read")), *reasons)) if reasons else found


def _reasons(facts: StudyFacts) -> Statements:
    lines = (sentence(_one_line(reason)) for reason in facts.unread)
    return tuple(Statement(line if line.endswith(_SENTENCE_ENDS) else f"{line}.") for line in lines if line)


def _indication(facts: StudyFacts, lexicon: Lexicon) -> Statements:
    """Quote the referrer, in quotation marks that the quoted text cannot close."""
    text = _one_line(facts.indication or "").translate(_QUOTATION_MARKS)
    return (
        Statement(lexicon.say("narration.indication", text=text) if text else lexicon.say("narration.no_indication")),
    )


def _urgency(lexicon: Lexicon) -> Callable[[Finding], int]:
    return lambda finding: lexicon.terms[finding.label].urgency


def _nothing_positive(facts: StudyFacts, lexicon: Lexicon) -> Statement:
    read = {finding.label for finding in assessed(facts.findings)}
    labels = tuple(label for label in lexicon.terms if label in read)
    if len(labels) == 1:
        return Statement(lexicon.say("narration.one_negative"), labels)
    return Statement(lexicon.say("narration.all_negative", count=lexicon.number(len(labels))), labels)


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _numbered(lines: Sequence[str], lexicon: Lexicon) -> list[str]:
    if len(lines) < 2:  # noqa: PLR2004 - one line needs no number
        return list(lines)
    return [lexicon.plain("narration.item", number=number, line=line) for number, line in enumerate(lines, start=1)]
