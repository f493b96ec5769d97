"""The language model that is none: the deterministic narrator of ``prompts``, behind the same port as the others."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping

from prompts.answer import answer
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from service.ports import ChatModel, ChatRequest, Delta

_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)")


def report_text(facts: StudyFacts) -> str:
    """Write the report in the form that is asked of every language model: two headed sections."""
    narration = narrate(facts)
    return f"FINDINGS:\n{narration.findings}\n\nIMPRESSION:\n{narration.impression}"


class Narrator:
    """Speaks from ``ChatRequest.facts`` alone, ignores its messages and budgets, and never fails."""

    name = "narrator"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the report, or the answer to the question, a sentence at a time."""
        text = report_text(request.facts) if request.question is None else answer(request.facts, request.question).text
        for sentence in _SENTENCE_END.split(text):
            yield Delta(sentence)
        yield Delta("", finish="stop")

    async def check(self) -> str | None:
        """None: there is nothing to reach."""
        return None

    async def aclose(self) -> None:
        """Nothing is held."""


def build(_options: Mapping[str, str]) -> ChatModel:
    """Build the narrator, which has no options."""
    return Narrator()
