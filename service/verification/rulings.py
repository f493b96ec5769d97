"""How one claim about the film stands to what the experts found: a table for its being there, then its attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.findings import Finding, Label, Polarity, Zone
from prompts import lexicons as words
from service.domain.verification import Standing
from service.verification.claims import Certainty, Claim, Height, Severity, Side, Span, Status
from service.verification.grounds import Ledger
from service.verification.labeler import read
from service.verification.tongue import Tongue

_EVEN = 0.5
"""Below, a finding is read as present by its threshold and is less likely than not: a hedge is no wrong word for it."""
_RIGHT_BEHIND = 2
"""Letters between a finding and the doubt that is its own: "pneumonia, possible" lists, "pneumonia possible" doubts."""
GRAVITY = (Standing.SUPPORTED, Standing.UNSUPPORTED, Standing.CONTRADICTED)
"""Standings, the gravest last."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a claim stands, what supports it, and why it does not."""

    standing: Standing
    support: tuple[str, ...] = ()
    reason: str | None = None


def unsupported(reason: str) -> Ruling:
    """Nobody found or said it."""
    return Ruling(Standing.UNSUPPORTED, reason=reason)


def contradicted(reason: str) -> Ruling:
    """Somebody found or said otherwise."""
    return Ruling(Standing.CONTRADICTED, reason=reason)


def worst(rulings: list[Ruling]) -> Ruling:
    """Choose the first of the worst; with all that supports where all support."""
    gravest = max((ruling.standing for ruling in rulings), key=GRAVITY.index)
    if gravest is Standing.SUPPORTED:
        return Ruling(gravest, tuple(dict.fromkeys(each for ruling in rulings for each in ruling.support)))
    return next(ruling for ruling in rulings if ruling.standing is gravest)


def judge(claim: Claim, ledger: Ledger, tongue: Tongue, *, outside: bool) -> Ruling:
    """Judge a claim of the labeler. A claim of the past or of a question is judged against the indication.

    ``outside`` says that the words around it give it as somebody's, ask it, or say what was looked for.
    """
    if claim.status is Status.NOT_ASSESSED:
        return _not_assessed(claim, ledger)
    if claim.status is not Status.CURRENT:
        return _said_before(claim, ledger, outside=outside)
    if claim.label is Label.NO_FINDING or claim.observation == "abnormality":
        return _whole_film(claim, ledger)
    return worst([_presence(claim, ledger, tongue), *_attributes(claim, ledger)])


def _not_assessed(claim: Claim, ledger: Ledger) -> Ruling:
    finding = ledger.findings.get(claim.label) if claim.label else None
    if finding is None or finding.abstentions:
        return Ruling(Standing.SUPPORTED)
    return contradicted(f"{_name(claim)} was assessed: {finding.polarity}.")


def _said_before(claim: Claim, ledger: Ledger, *, outside: bool) -> Ruling:
    """Judge what is said of the past, by the indication, or asked, by that, the question, and what was assessed."""
    asked = claim.status is Status.ASKED
    if asked and outside and claim.label in ledger.findings:
        return Ruling(Standing.SUPPORTED, (f"finding:{claim.label}",))
    spoken = " ".join(filter(None, (ledger.facts.indication, ledger.grounds.question if asked else None))).lower()
    named = (claim.observation.replace("_", " "), str(claim.label or "").replace("_", " "))
    if claim.severity or claim.side or claim.acuity:
        return unsupported(f"Nobody said this of {_name(claim)}.")
    if any(name and name in spoken for name in named) and not (
        claim.polarity is not Polarity.ABSENT and _denied(claim, ledger)
    ):
        return Ruling(Standing.SUPPORTED, ("indication",))
    return unsupported(f"Nobody said anything of {_name(claim)} in the past or in the question.")


def _denied(claim: Claim, ledger: Ledger) -> bool:
    """Whether the indication says that the patient has, or had, it not."""
    said = [other for sentence in read(ledger.facts.indication or "") for other in sentence.claims]
    same = [other.polarity for other in said if other.observation == claim.observation]
    return bool(same) and all(polarity is Polarity.ABSENT for polarity in same)


def _whole_film(claim: Claim, ledger: Ledger) -> Ruling:
    """Judge "normal" and "no abnormality": only an expert for the whole film may say so."""
    normal = claim.polarity is Polarity.PRESENT if claim.label is Label.NO_FINDING else not claim.asserted
    present, doubtful = ledger.having(Polarity.PRESENT), ledger.having(Polarity.UNCERTAIN)
    whole = ledger.findings.get(Label.NO_FINDING)
    if whole is not None and claim.label is Label.NO_FINDING:
        return _TABLE[_said(claim), whole.polarity]
    if whole is not None and claim.polarity is whole.polarity is Polarity.UNCERTAIN:
        return _GOOD
    if not normal:
        return Ruling(Standing.SUPPORTED, _ids(present + doubtful)) if present or doubtful else _not_found
    if present:
        return contradicted(f"Found: {_listed(present)}.")
    return unsupported(f"Only {len(ledger.findings)} findings were assessed; that does not make the film normal.")


_not_found = unsupported("No expert found an abnormality.")


def _presence(claim: Claim, ledger: Ledger, tongue: Tongue) -> Ruling:
    if claim.observation in tongue.diagnoses:
        return unsupported(f"No expert reads {_name(claim)}; a sign of it is not the diagnosis.")
    labels = _supporting(claim, ledger)
    if not labels:
        return unsupported(f"No expert was asked about {_name(claim)}.")
    if claim.polarity is Polarity.ABSENT and claim.change is None and _apart(claim.cues) > 1:
        return unsupported(f"{_name(claim).capitalize()} is denied twice.")
    states = [state for label in labels if (state := ledger.state(label))]
    said = _said(claim)
    if said == "hedged" and any(ledger.findings[label].probability < _EVEN for label in labels):
        said = "uncertain"
    ruling = _TABLE[said, max(states, key=_STRENGTH.__getitem__)]
    return Ruling(ruling.standing, tuple(f"finding:{label}" for label in labels), ruling.reason)


def _supporting(claim: Claim, ledger: Ledger) -> list[Label]:
    """Find the labels that decide: its own where it was assessed, else those whose finding is a case of it.

    Nothing is denied by the denial of some of its cases: all of them must have been assessed.
    """
    if claim.label is None or claim.label in ledger.findings:
        return [claim.label] if claim.label else []
    cases = [label for label in claim.related if label in ledger.findings]
    decided = [label for label in cases if ledger.state(label) is not Polarity.ABSENT]
    if claim.polarity is Polarity.ABSENT and not decided:
        return cases if len(cases) == len(claim.related) else []
    return decided


def _said(claim: Claim) -> str:
    if claim.polarity is Polarity.PRESENT and claim.certainty in {Certainty.LIKELY, Certainty.SUGGESTED}:
        return "likely"
    if claim.polarity is Polarity.UNCERTAIN and claim.label and any(_beside(claim, cue) for cue in claim.cues):
        return "hedged"
    return claim.polarity.value


def _beside(claim: Claim, cue: Span) -> bool:
    """Whether a cue speaks of this claim first: it stands before it, or right behind it."""
    return cue.start < claim.span.start or cue.start - claim.span.end <= _RIGHT_BEHIND


def _apart(cues: tuple[Span, ...]) -> int:
    """Count cues that do not overlap: one phrase may hold another."""
    count, end = 0, -1
    for cue in sorted(cues):
        count += cue.start >= end
        end = max(end, cue.end)
    return count


_STRENGTH: Mapping[Polarity, int] = MappingProxyType({Polarity.ABSENT: 0, Polarity.UNCERTAIN: 1, Polarity.PRESENT: 2})
_GOOD = Ruling(Standing.SUPPORTED)
_DOUBT = unsupported("The experts are in doubt; the text is not.")
_TABLE: Mapping[tuple[str, Polarity], Ruling] = MappingProxyType(
    {
        ("present", Polarity.PRESENT): _GOOD,
        ("present", Polarity.UNCERTAIN): _DOUBT,
        ("present", Polarity.ABSENT): contradicted("The experts read it as absent."),
        ("likely", Polarity.PRESENT): _GOOD,
        ("likely", Polarity.UNCERTAIN): _DOUBT,
        ("likely", Polarity.ABSENT): contradicted("The experts read it as absent."),
        ("uncertain", Polarity.PRESENT): _GOOD,
        ("hedged", Polarity.PRESENT): unsupported("The experts read it as present; the text leaves it open."),
        ("hedged", Polarity.UNCERTAIN): _GOOD,
        ("hedged", Polarity.ABSENT): unsupported("The experts read it as absent, without doubt."),
        ("uncertain", Polarity.UNCERTAIN): _GOOD,
        ("uncertain", Polarity.ABSENT): unsupported("The experts read it as absent, without doubt."),
        ("absent", Polarity.PRESENT): contradicted("The experts read it as present."),
        ("absent", Polarity.UNCERTAIN): _DOUBT,
        ("absent", Polarity.ABSENT): _GOOD,
    }
)
"""What a text says of a label, and what the experts say."""


def _attributes(claim: Claim, ledger: Ledger) -> Iterator[Ruling]:
    if claim.change is not None:
        yield _change(claim, ledger)
    if not claim.asserted:
        return
    if claim.side or claim.height:
        yield _place(claim, ledger)
    if claim.severity and not (claim.severity is Severity.BORDERLINE and claim.polarity is Polarity.UNCERTAIN):
        yield unsupported(f"No expert says how much: {claim.severity}.")
    if claim.acuity:
        yield unsupported(f"No expert tells acute from old: {claim.acuity}.")
    if claim.device and claim.device != "other":
        yield unsupported(f"No expert tells one device from another: {claim.device.replace('_', ' ')}.")


def _change(claim: Claim, ledger: Ledger) -> Ruling:
    if ledger.compared is None:
        return unsupported("No prior study was given, so nothing can be said about change.")
    each = ledger.compared.get(claim.label) if claim.label else None
    if each is None or each.change is None:
        return unsupported(f"{_name(claim)} could not be compared with the prior study.")
    if each.change is claim.change:
        return Ruling(Standing.SUPPORTED, (f"prior:{each.label}",))
    return contradicted(f"Against the prior study it is {each.change}.")


def _place(claim: Claim, ledger: Ledger) -> Ruling:
    zones = [zone for label in _supporting(claim, ledger) if (zone := _zone(ledger.findings[label]))]
    if not zones:
        return unsupported("Its place was not determined.")
    if any(_within(claim, zone) for zone in zones):
        return _GOOD
    return contradicted(f"The experts place it: {zones[0].replace('_', ' ')}.")


def _zone(finding: Finding | None) -> Zone | None:
    """Zone of a finding, where one means something for its label (no language says otherwise)."""
    if finding is None or finding.region is None or not words.load("en").terms[finding.label].place:
        return None
    return finding.region.zone


def _within(claim: Claim, zone: Zone) -> bool:
    if zone is Zone.BILATERAL:
        return claim.height is None
    side, _, height = zone.partition("_")
    return claim.side in {None, Side(side)} and claim.height in {None, Height(height)}


def _name(claim: Claim) -> str:
    return claim.observation.replace("_", " ")


def _ids(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(f"finding:{finding.label}" for finding in findings)


def _listed(findings: list[Finding]) -> str:
    return ", ".join(finding.label.replace("_", " ") for finding in findings)
