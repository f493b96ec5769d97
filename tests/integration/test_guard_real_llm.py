"""Both ways to ask for a draft, free text and JSON sentences, with a real model through both adapters, under guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.findings import Finding, Label, Region, Zone
from prompts.facts import StudyFacts
from prompts.render import report_prompt
from prompts.structured import parse_report, report_schema
from service.domain.verification import Standing
from service.llm import local, openai_compatible
from service.llm.narrator import Narrator
from service.ports import ChatMessage, ChatModel, ChatRequest
from service.usecases.forms import ReportForm
from service.usecases.generation import Budget, Writer
from service.usecases.guarding import Guard, Guarded
from service.verification.grounds import Grounds

pytestmark = [pytest.mark.llm, pytest.mark.timeout(900)]

FACTS = StudyFacts(
    (
        Finding(Label.PLEURAL_EFFUSION, 0.93, 0.5, uncertain=False, experts=(), region=Region(Zone.LEFT_LOWER)),
        Finding(Label.PNEUMONIA, 0.52, 0.5, uncertain=True, experts=()),
        Finding(Label.PNEUMOTHORAX, 0.02, 0.5, uncertain=False, experts=()),
    ),
    views=("PA",),
)


@pytest.fixture(params=["local", "openai"])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[ChatModel]:
    if request.param == "local":
        path: Path = request.getfixturevalue("real_llm_gguf")
        made = local.build({"model_path": str(path), "context_tokens": "4096", "timeout_s": "240"})
    else:
        url: str = request.getfixturevalue("real_llm_url")
        made = openai_compatible.build({"base_url": url, "model": "qwen", "timeout_s": "240"})
    yield made
    await made.aclose()


@pytest.mark.parametrize("structured", [False, True], ids=["free text", "json"])
async def test_a_draft_of_a_real_model_says_what_was_found_and_nothing_else(
    model: ChatModel, *, structured: bool
) -> None:
    narrator = Narrator()
    writer = Writer({"site": model, "narrator": narrator}, default="site", narrator=narrator, budget=Budget(500, 600))
    prompt = report_prompt(FACTS, structured=structured)
    request = ChatRequest(
        tuple(ChatMessage(role, content) for role, content in prompt.messages),
        FACTS,
        max_tokens=500,
        deadline_s=600,
        schema=report_schema([finding.label for finding in FACTS.findings]) if structured else None,
    )
    assert model.structured
    events = [event async for event in Guard(writer).write(request, Grounds(FACTS), ReportForm())]
    done = events[-1]
    assert isinstance(done, Guarded)
    assert done.written.written_by == model.name, done.written.fallback
    assert (parse_report(done.written.text) is not None) is structured
    assert all(sentence.verdict is Standing.SUPPORTED for sentence in done.verification.sentences)
    assert done.verification.omissions == ()
