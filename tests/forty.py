"""The forty questions of ``tests/data/chat_questions.toml``: asked of a model through the real use case, and judged.

``python -m tests.forty BASE_URL MODEL [ID ...]`` asks them all, or some, of a model on an OpenAI-compatible server and
prints the answers.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from models.findings import Finding, Label
from prompts.facts import Passage
from service.domain.conversation import Turn
from service.llm import openai_compatible
from service.ports import ChatModel, Knowledge
from service.retrieval.articles import load_articles
from service.usecases.converse import Converse
from service.usecases.ingest import Labelling
from service.verification import tongue
from service.verification.knowledge import covering
from service.verification.sentences import split
from tests.factories import ALICE
from tests.unit.retrieval.questions import chat
from tests.unit.usecases.desk import Desk

DATA = chat()
QUESTIONS: list[dict[str, Any]] = DATA["question"]
_SAYS_NOTHING = re.compile(
    r"cannot|does not|do not|nothing|could not|outside|only the findings"
    r"|no (?:article|passage|treatment)|no .* was (?:given|provided)"
    r"|not (?:be )?(?:assessed|determined|addressed|answer|say|said|given|known|covered|part of|something)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Judgement:
    """An answer, and what is wrong with it; nothing where it is right."""

    turn: Turn
    faults: tuple[str, ...]


@cache
def articles() -> Knowledge:
    """Return the product's own articles, once: their index takes a second."""
    return load_articles(None)


async def ask(model: ChatModel, question: dict[str, Any], *, deadline_s: float = 5.0) -> Turn:
    """Ask one question about its scenario's findings; the model answers under guard, with the product's articles."""
    scenario = DATA["scenarios"][question["scenario"]]
    desk = Desk(model=model, retries=1, deadline_s=deadline_s)
    study = await desk.read_study(labelling=Labelling(indication=scenario["indication"]))
    async with desk.storage.unit() as unit:
        await unit.studies.save(replace(study, findings=tuple(_findings(scenario))))
        await unit.commit()
    converse = Converse(desk.storage, desk.films, desk.guard, desk.clock, knowledge=articles())
    *_, turn = [event async for event in converse.answer(await converse.ask(study.id, question["text"], ALICE))]
    assert isinstance(turn, Turn)
    return turn


def _findings(scenario: dict[str, Any]) -> Iterator[Finding]:
    for state, probability in (("present", 0.85), ("uncertain", 0.5), ("absent", 0.03)):
        for label in scenario[state]:
            yield Finding(Label(label), probability, 0.5, uncertain=state == "uncertain", experts=())


def judged(question: dict[str, Any], turn: Turn) -> Judgement:
    """Hold an answer against what the question's entry asks of a right one."""
    return Judgement(turn, tuple(_faults(question, turn)))


def _faults(question: dict[str, Any], turn: Turn) -> Iterator[str]:
    assert turn.verification is not None
    wrong = [each.text for each in turn.verification.sentences if each.verdict.value != "supported"]
    if wrong:
        yield f"not supported: {wrong}"
    if missing := set(question["labels"]) - set(turn.citations):
        yield f"does not cite {sorted(missing)}"
    cited = {passage.id for passage in turn.passages}
    articles = cited | {each.partition("#")[0] for each in cited}
    if question["passages"] and articles.isdisjoint(question["passages"]):
        yield f"cites {sorted(cited)}, none of {question['passages']}"
    if question["declined"] and not _SAYS_NOTHING.search(turn.text):
        yield "does not decline"
    yield from (f"lacks {each!r}" for each in question["must"] if not re.search(each, turn.text, re.IGNORECASE))
    yield from (f"says {each!r}" for each in question["must_not"] if re.search(each, turn.text, re.IGNORECASE))
    yield from _uncovered(turn)


def _uncovered(turn: Turn) -> Iterator[str]:
    """Find citations in the text of passages that do not hold what their sentence says."""
    held = {each.id: Passage(each.id, each.title, each.text) for each in turn.passages}
    for span in split(turn.text):
        for found in re.findall(r"\[([\w./-]+#[\w-]+)\]", span.of(turn.text)):
            if found not in held or covering(span.of(turn.text), [held[found]], tongue.load("en")) is None:
                yield f"cites {found} for what it does not say"


async def _all(base_url: str, model_name: str, *only: str) -> None:
    model = openai_compatible.build({"base_url": base_url, "model": model_name, "timeout_s": "600"})
    right: dict[str, list[bool]] = {}
    for question in [each for each in QUESTIONS if not only or each["id"] in only]:
        answer = judged(question, await ask(model, question, deadline_s=600))
        right.setdefault(question["kind"], []).append(not answer.faults)
        cited = [passage.id for passage in answer.turn.passages]
        lines = [f"{question['id']}: {question['text']}", f"  {answer.turn.text}", f"  cites {cited}"]
        lines += [f"  FAULT {fault}" for fault in answer.faults]
        sys.stdout.write("\n".join([*lines, "", ""]))
        sys.stdout.flush()
    sys.stdout.write(f"{ {kind: f'{sum(each)} of {len(each)}' for kind, each in right.items()} }\n")
    await model.aclose()


if __name__ == "__main__":
    asyncio.run(_all(*sys.argv[1:]))
