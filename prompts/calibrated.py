"""Our own way to say findings: in the order a film is read, with the strength, the doubt and the place of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from models.findings import Finding, Label, Polarity, Zone
from prompts.lexicons import Lexicon, Wording
from prompts.measured import Silence, beside, unspoken
from prompts.statement import Statement, sentence

Paragraphs = tuple[tuple[Statement, ...], ...]


def paragraphs(findings: Sequence[Finding], lexicon: Lexicon, silence: Silence = MappingProxyType({})) -> Paragraphs:
    """One paragraph for each part of the chest that was assessed: what is there, what is doubtful, what is not.

    Findings that share strength and place share a sentence; then what was measured, and where an expert kept silent.
    What no expert was asked about is not mentioned.
    """
    order = list(lexicon.terms)
    ranked = sorted(assessed(findings), key=lambda finding: order.index(finding.label))
    grouped = (
        (
            *_paragraph([finding for finding in ranked if lexicon.terms[finding.label].group == group], group, lexicon),
            *unspoken(silence, group, lexicon),
        )
        for group in dict.fromkeys(term.group for term in lexicon.terms.values())
    )
    return tuple(paragraph for paragraph in (*grouped, overall(findings, lexicon)) if paragraph)


def assessed(findings: Iterable[Finding]) -> list[Finding]:
    """All findings of something; ``no_finding`` speaks of the film as a whole."""
    return [finding for finding in findings if finding.label is not Label.NO_FINDING]


def having(findings: Iterable[Finding], polarity: Polarity) -> list[Finding]:
    """Those findings of something that have this polarity."""
    return [finding for finding in assessed(findings) if finding.polarity is polarity]


def worded(findings: Iterable[Finding], lexicon: Lexicon, section: str) -> tuple[Statement, ...]:
    """Present or uncertain findings as sentences of a section (``finding`` or ``impression``), alike ones together."""
    runs: dict[tuple[Wording, Zone | None, str, Label | None], list[Label]] = {}
    shared = lexicon.tables["sentences"]["shared"]
    for finding in findings:
        zone = lexicon.zone(finding)
        own = None if shared else finding.label
        key = (lexicon.wording(finding), zone, lexicon.place(finding.label, zone), own)
        runs.setdefault(key, []).append(finding.label)
    return tuple(
        Statement(lexicon.phrase(getattr(wording, section), labels, zone), tuple(labels))
        for (wording, zone, *_), labels in runs.items()
    )


def said(finding: Finding, lexicon: Lexicon) -> Statement:
    """Say one finding by itself, as the findings section would."""
    if finding.label is Label.NO_FINDING:
        return overall((finding,), lexicon)[0]
    return _paragraph((finding,), lexicon.terms[finding.label].group, lexicon)[0]


def overall(findings: Sequence[Finding], lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say what the experts make of the film as a whole: nothing, where nobody was asked.

    Where something is present, only a word to the contrary is worth saying.
    """
    whole = next((finding for finding in findings if finding.label is Label.NO_FINDING), None)
    present = bool(having(findings, Polarity.PRESENT))
    if whole is None or (present and whole.polarity is not Polarity.PRESENT):
        return ()
    return (Statement(lexicon.say(f"overall.{'conflict' if present else whole.polarity}"), (whole.label,)),)


def _paragraph(findings: Sequence[Finding], group: str, lexicon: Lexicon) -> tuple[Statement, ...]:
    present = sorted(having(findings, Polarity.PRESENT), key=lambda finding: -finding.probability)
    doubtful = having(findings, Polarity.UNCERTAIN)
    absent = _absent(having(findings, Polarity.ABSENT), group, lexicon)
    measured = tuple(line for finding in findings for line in beside(finding, lexicon))
    return (*worded(present, lexicon, "finding"), *worded(doubtful, lexicon, "finding"), *absent, *measured)


def _absent(findings: Sequence[Finding], group: str, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say in one sentence all that is absent in a group, the convincingly absent first."""
    if not findings:
        return ()
    bands: dict[str, list[Label]] = {band: [] for band in reversed(lexicon.tables["bands"]["absent"])}
    for finding in findings:
        bands[lexicon.band("absent", finding.probability)].append(finding.label)
    used = [(lexicon.tables["absent"][band], labels) for band, labels in bands.items() if labels]
    forms = {
        form: str(lexicon.tables["absences"]["join"]).join(lexicon.fill(words[form], labels) for words, labels in used)
        for form in ("evidence", "sign", "seen")
    }
    text = str(lexicon.tables["groups"][group]).format(**forms)
    return (Statement(sentence(text), tuple(label for _, labels in used for label in labels)),)
