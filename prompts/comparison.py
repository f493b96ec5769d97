"""How this study compares with the prior one, finding by finding, in so many words as the records allow."""

from __future__ import annotations

from collections.abc import Sequence

from models.findings import Change, Compared, Finding, Label, Polarity
from prompts.details import percent
from prompts.lexicons import Lexicon
from prompts.statement import Statement, sentence

PROBABILITY = "probability"
_KINDS = (*Change, "absent", "doubt")


def comparison(
    compared: Sequence[Compared] | None, lexicon: Lexicon, *, figures: bool = False
) -> tuple[Statement, ...]:
    """Say in one sentence what is new, changed, gone, unchanged, still absent, and what cannot be compared.

    None: no prior study was given. What was measured stands with its numbers and, where they differ by no more than
    they err, with that error; ``figures`` gives the probabilities of the rest too.
    """
    if compared is None:
        return (Statement(lexicon.say("comparison.none")),)
    order = list(lexicon.terms)
    ranked = sorted(compared, key=lambda one: (_KINDS.index(_kind(one)), order.index(one.label)))
    told = [one for one in ranked if one.label is not Label.NO_FINDING]
    if not told:
        return (Statement(lexicon.say("comparison.nothing")),)
    grouped: dict[tuple[str, str], list[Label]] = {}
    for one in told:
        grouped.setdefault((_kind(one), _figures(one, lexicon, every=figures)), []).append(one.label)
    words = lexicon.tables["comparison"]
    clauses = (lexicon.fill(words[kind], labels) + numbers for (kind, numbers), labels in grouped.items())
    text = str(words["head"]).format(clauses=str(words["join"]).join(clauses))
    return (Statement(sentence(text), tuple(one.label for one in told)),)


def _kind(one: Compared) -> str:
    """Key of the table ``comparison``; of a finding that is absent on both, no change is told."""
    if one.change is None:
        return "doubt"
    absent = one.now.polarity is Polarity.ABSENT and one.change is not Change.RESOLVED
    return "absent" if absent else one.change


def _figures(one: Compared, lexicon: Lexicon, *, every: bool) -> str:
    """Say the numbers behind a comparison, in brackets; "" where there are none, or none to be told."""
    words = lexicon.tables["comparison"]
    form = "changed" if abs(one.difference) > one.noise else "unchanged"
    if one.unit != PROBABILITY:
        template = lexicon.tables["measures"].get(one.unit, {}).get(form)
        now, before = _value(one.now, one.unit), _value(one.before, one.unit)
        if template is None or now is None or before is None:
            return ""
        numbers = {"now": now, "before": before, "noise": one.noise}
        figures = str(template).format(**{name: lexicon.figure(value) for name, value in numbers.items()})
    elif every:
        pair = {name: percent(found.probability, lexicon) for name, found in (("now", one.now), ("before", one.before))}
        noise = lexicon.plain("answers.exactly", percent=round(100 * one.noise))
        figures = str(words[f"{PROBABILITY}_{form}"]).format(**pair, noise=noise)
    else:
        return ""
    return str(words["figures"]).format(figures=figures)


def _value(finding: Finding, unit: str) -> float | None:
    return finding.measure.value if finding.measure and finding.measure.name == unit else None
