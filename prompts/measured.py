"""What was measured on the film, and who kept silent on a label and why: said beside the findings, never hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.findings import Abstention, Finding, Label
from prompts.lexicons import Lexicon
from prompts.statement import Statement

Silence = Mapping[Label, Sequence[Abstention]]
"""Labels on which every expert that was asked kept silent, with the reasons."""


def beside(finding: Finding, lexicon: Lexicon, *, exact: bool = False) -> tuple[Statement, ...]:
    """Say the number behind a finding, or why there is none; ``exact`` adds how far such numbers err."""
    return (*_measure(finding, lexicon, exact=exact), *_abstentions(finding, lexicon))


def measures(findings: Iterable[Finding], lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say every number that was taken from the film, with how far it may err."""
    return tuple(line for finding in findings for line in _measure(finding, lexicon, exact=True))


def unspoken(silence: Silence, group: str, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say which labels of a group were not assessed, and why; labels of one reason together."""
    by_reasons: dict[str, list[Label]] = {}
    for label in (label for label in lexicon.terms if label in silence and lexicon.terms[label].group == group):
        by_reasons.setdefault(_reasons(silence[label], lexicon), []).append(label)
    template = str(lexicon.tables["silence"]["alone"])
    return tuple(
        Statement(lexicon.phrase(template, labels, reasons=reasons), tuple(labels))
        for reasons, labels in by_reasons.items()
    )


def _measure(finding: Finding, lexicon: Lexicon, *, exact: bool) -> tuple[Statement, ...]:
    measure = finding.measure
    words = lexicon.tables["measures"].get(measure.name) if measure else None
    if measure is None or words is None:  # a measure that this language cannot name is left out
        return ()
    used = ("taken", "exact") if exact else ("taken",)
    value, error = lexicon.figure(measure.value), lexicon.figure(measure.error)
    texts = (str(words[form]).format(value=value, error=error) for form in used)
    return tuple(Statement(text, (finding.label,)) for text in texts)


def _abstentions(finding: Finding, lexicon: Lexicon) -> tuple[Statement, ...]:
    if not finding.abstentions:
        return ()
    reasons, name = _reasons(finding.abstentions, lexicon), lexicon.tables["measured"].get(finding.label)
    if name is not None:
        text = str(lexicon.tables["measures"][name]["not_taken"]).format(reasons=reasons)
    else:
        text = lexicon.phrase(lexicon.tables["silence"]["beside_others"], [finding.label], reasons=reasons)
    return (Statement(text, (finding.label,)),)


def _reasons(reasons: Sequence[Abstention], lexicon: Lexicon) -> str:
    return lexicon.listed([lexicon.tables["abstentions"][reason] for reason in reasons], "and")
