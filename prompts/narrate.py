"""The narrator: a whole report from the facts alone, deterministic, with no language model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from models.findings import Finding, Polarity
from prompts import lexicons
from prompts.calibrated import Paragraphs, assessed, having, overall, paragraphs, worded
from prompts.facts import StudyFacts
from prompts.fence import visible
from prompts.lexicons import Lexicon
from prompts.statement import Statement, sentence

Statements = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Narration:
    """The five sections as texts, and by section's name the sentences they consist of, each with its labels."""

    indication: str
    technique: str
    comparison: str
    findings: str
    impression: str
    sentences: Mapping[str, Statements]


def narrate(facts: StudyFacts) -> Narration:
    """Write the report: every finding with its strength, doubt, place and measure, who kept silent, and nothing else.

    A label without a finding is not mentioned; nothing positive is never "normal". Raises UnknownLanguageError.
    """
    lexicon = lexicons.load(facts.language)
    parts: dict[str, Paragraphs] = {
        "indication": (_indication(facts, lexicon),),
        "technique": (technique(facts, lexicon),),
        "comparison": ((Statement(lexicon.say("narration.no_comparison")),),),
        "findings": _findings(facts, lexicon),
        "impression": tuple((line,) for line in impression(facts, lexicon)),
    }
    texts = {name: [_joined(paragraph) for paragraph in section] for name, section in parts.items()}
    return Narration(
        **{name: "\n".join(lines) for name, lines in texts.items() if name != "impression"},
        impression=_numbered(texts["impression"]),
        sentences={name: tuple(line for paragraph in part for line in paragraph) for name, part in parts.items()},
    )


def technique(facts: StudyFacts, lexicon: Lexicon) -> Statements:
    """Say what was read, by the views of the tags; a view that the lexicon does not know counts as not stated."""
    known = lexicon.tables["views"]
    views = Counter(view if view in known else "" for view in (raw.strip().upper() for raw in facts.views))
    return (Statement(_technique(views, lexicon)),)


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


def by_urgency(findings: Sequence[Finding], lexicon: Lexicon) -> list[Finding]:
    """Sort findings by tier of urgency, then by probability, highest first, then in the order of reading."""
    tier, order = _urgency(lexicon), list(lexicon.terms)
    return sorted(findings, key=lambda finding: (tier(finding), -finding.probability, order.index(finding.label)))


def not_read(facts: StudyFacts, lexicon: Lexicon) -> Statements:
    """Say that there are no findings and why, by the reasons of the images that were stopped."""
    key = "nothing_assessed" if facts.views else "not_read"
    return (Statement(lexicon.say(f"narration.{key}")), *_reasons(facts))


def _findings(facts: StudyFacts, lexicon: Lexicon) -> Paragraphs:
    """Say what the experts found; then, for images that were stopped before the experts, why."""
    silent = paragraphs((), lexicon, facts.silence)
    if not facts.findings:
        return (not_read(facts, lexicon), *silent)
    found, reasons = paragraphs(facts.findings, lexicon, facts.silence), _reasons(facts)
    return (*found, (Statement(lexicon.say("narration.partly_read")), *reasons)) if reasons else found


def _reasons(facts: StudyFacts) -> Statements:
    lines = (sentence(_one_line(reason)) for reason in facts.unread)
    return tuple(Statement(line if line.endswith(".") else f"{line}.") for line in lines if line)


def _indication(facts: StudyFacts, lexicon: Lexicon) -> Statements:
    """Quote the referrer, in quotation marks that the quoted text cannot close."""
    text = _one_line(facts.indication or "").translate(dict.fromkeys(map(ord, '"“”„«»'), "'"))
    return (
        Statement(lexicon.say("narration.indication", text=text) if text else lexicon.say("narration.no_indication")),
    )


def _technique(views: Counter[str], lexicon: Lexicon) -> str:
    names: Mapping[str, str] = lexicon.tables["views"]
    total = lexicon.number(views.total())
    if not views:
        return lexicon.say("narration.not_read_technique")
    if len(views) == 1:
        (view,) = views
        number = "one" if views.total() == 1 else "several"
        key = f"{number}_view" if view else f"{number}_unstated_view"
        return lexicon.say(f"narration.{key}", count=total, view=names[view])
    if "" not in views and max(views.values()) == 1:
        return lexicon.say("narration.distinct_views", views=lexicon.listed([names[view] for view in views], "and"))
    counted = [f"{lexicon.number(count)} {names[view]}" for view, count in views.items()]
    return lexicon.say("narration.counted_views", count=total, views=lexicon.listed(counted, "and"))


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


def _joined(paragraph: Statements) -> str:
    return " ".join(statement.text for statement in paragraph)


def _numbered(lines: Sequence[str]) -> str:
    if len(lines) < 2:  # noqa: PLR2004 - one line needs no number
        return "\n".join(lines)
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
