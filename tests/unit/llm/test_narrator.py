"""The narrator as a language model."""

from __future__ import annotations

from dataclasses import replace

from models.findings import Finding, Label
from prompts.answer import answer
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from service.llm.narrator import Narrator, report_text
from service.ports import ChatRequest

FACTS = StudyFacts(
    (
        Finding(Label.CARDIOMEGALY, 0.9, 0.5, uncertain=False, experts=()),
        Finding(Label.PLEURAL_EFFUSION, 0.1, 0.5, uncertain=False, experts=()),
    ),
    views=("PA",),
)


async def pieces(request: ChatRequest) -> list[str]:
    return [delta.text async for delta in Narrator().stream(request)]


async def test_the_report_is_the_narration_under_its_headings() -> None:
    narration = narrate(FACTS)
    text = "".join(await pieces(ChatRequest((), FACTS)))
    assert text == report_text(FACTS)
    assert text == f"FINDINGS:\n{narration.findings}\n\nIMPRESSION:\n{narration.impression}"


async def test_it_comes_by_the_sentence() -> None:
    parts = await pieces(ChatRequest((), FACTS))
    assert len(parts) > 3
    assert all(part.rstrip()[-1] in ".!?" for part in parts[:-1])


async def test_chinese_comes_by_the_sentence_too() -> None:
    facts = replace(FACTS, language="zh")
    parts = await pieces(ChatRequest((), facts))
    assert "".join(parts) == report_text(facts)
    assert all(part.rstrip()[-1] == "\u3002" for part in parts[:-1])
    assert all(part.count("\u3002") <= 1 for part in parts)


async def test_a_question_is_answered_from_the_facts() -> None:
    question = "Is the heart enlarged?"
    text = "".join(await pieces(ChatRequest((), FACTS, question=question)))
    assert text == answer(FACTS, question).text


async def test_it_needs_no_token_and_no_time() -> None:
    request = ChatRequest((), FACTS, max_tokens=1, deadline_s=0.0)
    assert "".join(await pieces(request)) == report_text(FACTS)
