"""The messages for a language model: a report, a follow-up question, and the repair of a text's wrong sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from prompts import lexicons
from prompts.audience import Audience
from prompts.comparison import comparison
from prompts.facts import Passage, StudyFacts
from prompts.fence import escape, fence
from prompts.lexicons import Lexicon
from prompts.site import NO_SITE, Site
from prompts.technique import technique
from prompts.templating import MissingVariableError, Rendered, UnknownTemplateError, render
from prompts.verbalise import Style, worded_in

__all__ = [
    "Audience",
    "Message",
    "MissingVariableError",
    "Prompt",
    "Rendered",
    "Role",
    "UnknownTemplateError",
    "chat_prompt",
    "render",
    "repair_prompt",
    "report_prompt",
]

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The exact messages for a language model, and the versions of all templates and of the lexicon behind them."""

    messages: tuple[Message, ...]
    version: str


def report_prompt(
    facts: StudyFacts,
    *,
    style: Style = Style.CALIBRATED,
    audience: Audience = Audience.CLINICIAN,
    structured: bool = False,
    examples: Sequence[str] = (),
    site: Site | None = None,
) -> Prompt:
    """Messages that ask for FINDINGS and IMPRESSION, of these facts only. Raises UnknownLanguageError.

    ``structured`` asks for the JSON of ``structured.report_schema`` in place of two headed sections. ``examples`` are
    reports of other patients, for their wording. ``site`` gives the words in which the findings are listed.
    """
    own = site or NO_SITE
    study = _study(facts, style, own)
    system = render("report_system", facts.language, audience=audience, structured=structured, comparison=())
    user = render(
        "report_user",
        facts.language,
        **study,
        structured=structured,
        examples=[fence("example", example) for example in examples],
    )
    lexicon = own.lexicon(facts.language)
    return _prompt((("system", system.text), ("user", user.text)), (system, user), lexicon)


def chat_prompt(
    facts: StudyFacts,
    *,
    report_text: str,
    history: Sequence[tuple[str, str]],
    question: str,
    style: Style = Style.CALIBRATED,
    passages: Sequence[Passage] = (),
) -> Prompt:
    """Messages of a follow-up question; ``history`` holds earlier (role, text), oldest first.

    ``passages`` are the only source of general knowledge, cited by id. Neighbours of one role are joined, because
    many chat templates refuse two in a row. Raises ValueError for a role other than "user" and "assistant": an
    earlier turn never speaks as the system.
    """
    study = _study(facts, style, NO_SITE)
    lexicon = lexicons.load(facts.language)
    compared = () if facts.comparison is None else comparison(facts.comparison, lexicon, figures=True)
    system = render(
        "chat_system",
        facts.language,
        **study,
        comparison=compared,
        report=fence("report", report_text),
        passages=[fence("passage", f"[{one.id}] {one.title}\n{one.text}") for one in passages],
    )
    user = render("chat_user", facts.language, question=fence("question", question))
    turns = [_turn(role, text) for role, text in history]
    return _prompt(_merged((("system", system.text), *turns, ("user", user.text))), (system, user), lexicon)


def repair_prompt(
    facts: StudyFacts, messages: Sequence[Message], draft: str, sentences: Sequence[tuple[str, Sequence[str]]]
) -> Prompt:
    """Messages that ask for one line a wrong sentence: "1: <its replacement>", or "1: -" to leave it out.

    ``messages`` are those that ``draft`` answered; ``sentences`` are the draft's wrong ones, each with the complaints
    about it, and are numbered from 1. ``version`` names the repair's own template; the messages have theirs.
    """
    wrong = [
        {"sentence": fence("sentence", text), "complaints": [" ".join(escape(line).split()) for line in complaints]}
        for text, complaints in sentences
    ]
    user = render("repair_user", facts.language, wrong=wrong)
    said = _merged((*messages, ("assistant", escape(draft)), ("user", user.text)))
    return _prompt(said, (user,), lexicons.load(facts.language))


def _study(facts: StudyFacts, style: Style, site: Site) -> dict[str, object]:
    lexicon = site.lexicon(facts.language)
    read = (*technique(facts, lexicon), *site.technique(facts.language))
    return {
        "statements": worded_in(lexicon, facts.findings, style, facts.silence),
        "technique": lexicon.joined([statement.text for statement in read]),
        "indication": fence("indication", facts.indication) if facts.indication else "",
        "unread": fence("unread", "\n".join(facts.unread)) if facts.unread else "",
    }


def _turn(role: str, text: str) -> Message:
    if role == "user":
        return "user", fence("question", text)
    if role == "assistant":
        return "assistant", escape(text)
    raise ValueError(f"a turn of a conversation is the user's or the assistant's, not {role!r}")


def _merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    runs = groupby(messages, key=itemgetter(0))
    return tuple((role, "\n\n".join(text for _, text in run)) for role, run in runs)


def _prompt(messages: tuple[Message, ...], parts: tuple[Rendered, ...], lexicon: Lexicon) -> Prompt:
    return Prompt(messages, " ".join((*(part.version for part in parts), lexicon.version)))
