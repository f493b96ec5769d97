"""One draft of one study in one prompt design by one model: judged as it was written, then put under guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.findings import Label, Polarity
from prompts.render import report_prompt
from prompts.structured import parse_report, report_schema
from prompts.verbalise import Style
from service.domain.errors import ModelFailed
from service.domain.verification import CheckedClaim, Standing, Verification
from service.evaluation.reports.cache import CachedModel
from service.evaluation.reports.cases import Case
from service.llm.narrator import Narrator
from service.ports import ChatMessage, ChatRequest
from service.usecases.forms import ReportForm
from service.usecases.generation import Budget, Writer
from service.usecases.guarding import Guard, Guarded, Policy
from service.verification.grounds import Grounds
from service.verification.guard import check

NARRATOR = "narrator"
_AWAY = frozenset({"unreachable", "refused", "rate-limited", "server-error"})
"""Failures that say nothing of a model's drafts: the run stops, and goes on another time."""
_NO_PRIOR = "No prior study was given"  # how the guard begins its reason where a change is claimed


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its verdicts.

    ``counts`` are numbers of claims (see ``tally``), ``positive`` is what it says is there.
    """

    sections: Mapping[str, str]
    verification: Verification
    counts: Mapping[str, int]
    positive: frozenset[Label]

    @property
    def plain(self) -> str:
        """Findings and impression as one text."""
        return "\n".join(self.sections.values())


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one draft. ``raw`` is the model's own text, also where the service throws it away for its form.

    ``path`` says whether that was JSON or free text; ``fallback`` is the reason why the narrator wrote instead. Seconds
    of generation and of repair are those of the first time that they were asked for, those of judging are of now.
    """

    case: Case
    design: str
    model: str
    raw: Text
    guarded: Text
    path: str
    fallback: str | None
    generate_s: float
    judge_s: float
    repair_s: float
    prompt_tokens: int | None
    completion_tokens: int | None
    repairs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """How drafts are written: what each may cost, and what the guard does with a wrong sentence."""

    budget: Budget
    policy: Policy = "repair"
    retries: int = 1

    async def draft(self, case: Case, design: Style, model: CachedModel) -> Record:
        """Write, judge and guard one draft. Raises ModelFailed where the model cannot be reached at all."""
        narrator = Narrator()
        writer = Writer({model.name: model}, default=model.name, narrator=narrator, budget=self.budget)
        guard, form, grounds = Guard(writer, self.policy, self.retries), ReportForm(), Grounds(case.facts)
        model.answers.clear()
        events = [event async for event in guard.write(_request(case, design, model, self.budget), grounds, form)]
        done = events[-1]
        if not isinstance(done, Guarded):
            raise TypeError("a generation ends with Guarded or raises")
        first, *asked_again = model.answers
        if first.failure and first.failure[0] in _AWAY:
            raise ModelFailed(*first.failure)
        sections = form.read(first.text) or _as_is(first.text)
        return Record(
            case=case,
            design=NARRATOR if model.name == NARRATOR else design.value,
            model=model.name,
            raw=judged(sections, check(sections, grounds)),
            guarded=judged(done.sections, done.verification),
            path="json" if parse_report(first.text) else "text",
            fallback=done.written.fallback.reason if done.written.fallback else None,
            generate_s=first.seconds,
            judge_s=done.seconds,
            repair_s=sum(answer.seconds for answer in asked_again),
            prompt_tokens=first.prompt_tokens,
            completion_tokens=first.completion_tokens,
            repairs=Counter(repair.by for repair in done.verification.repairs),
        )


def judged(sections: Mapping[str, str], verification: Verification) -> Text:
    """Count what the verdicts of a text come to."""
    claims = [claim for sentence in verification.sentences for claim in sentence.claims]
    counts = tally(claims)
    counts["omitted"] = sum(each.polarity == Polarity.PRESENT for each in verification.omissions)
    counts["omitted_doubtful"] = sum(each.polarity == Polarity.UNCERTAIN for each in verification.omissions)
    counts["words"] = sum(len(text.split()) for text in sections.values())
    said = (claim for claim in claims if claim.label and claim.polarity == Polarity.PRESENT)
    positive = frozenset(Label(claim.label) for claim in said if claim.label) - {Label.NO_FINDING}
    return Text(sections, verification, counts, positive)


def tally(claims: Iterable[CheckedClaim]) -> Counter[str]:
    """Count claims by verdict and, of those that nothing supports, by what they invent."""
    counts: Counter[str] = Counter()
    for claim in claims:
        counts["claims"] += 1
        counts[claim.verdict.value] += 1
        if claim.verdict is not Standing.SUPPORTED:
            counts[f"invented_{_kind(claim)}"] += 1
    return counts


def _kind(claim: CheckedClaim) -> str:
    if (claim.reason or "").startswith(_NO_PRIOR):
        return "prior"
    return "device" if claim.label == Label.SUPPORT_DEVICES else claim.kind


def _request(case: Case, design: Style, model: CachedModel, budget: Budget) -> ChatRequest:
    """Ask as ``service.usecases.draft`` does, with no similar reports."""
    prompt = report_prompt(case.facts, style=design, structured=model.structured)
    labels = [finding.label for finding in case.facts.findings]
    return ChatRequest(
        messages=tuple(ChatMessage(role, content) for role, content in prompt.messages),
        facts=case.facts,
        max_tokens=budget.max_tokens,
        deadline_s=budget.deadline_s,
        schema=report_schema(labels) if model.structured else None,
    )


def _as_is(text: str) -> dict[str, str]:
    """Take a text that has not the form that was asked for as one section."""
    return {"findings": text}
