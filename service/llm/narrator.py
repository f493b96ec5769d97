"""The language model that is none: the deterministic narrator of ``prompts``, behind the same port as the others."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence

from prompts.answer import answer
from prompts.audience import Audience
from prompts.facts import Passage, StudyFacts
from prompts.narrate import narrate
from prompts.questions import understand
from prompts.site import Site
from service.ports import ChatModel, ChatRequest, Delta
from service.verification.sentences import split

_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)|(?<=[\u3002\uff01\uff1f])(?=.)", re.DOTALL)
"""Chinese sets no blank between sentences."""


def report_text(facts: StudyFacts, audience: Audience = Audience.CLINICIAN, site: Site | None = None) -> str:
    """Write the report in the form that is asked of every language model: two headed sections."""
    narration = narrate(facts, audience, site)
    return f"FINDINGS:\n{narration.findings}\n\nIMPRESSION:\n{narration.impression}"


def answer_text(facts: StudyFacts, question: str, passages: Sequence[Passage] = ()) -> str:
    """Answer from the findings; a question of general knowledge by the first passage's own words, with its id."""
    if passages and understand(question, facts.language).general:
        return quoted(passages[0])
    return answer(facts, question).text


def quoted(passage: Passage, most: int = 3) -> str:
    """Quote the first sentences of a passage, each with the passage's id."""
    spans = list(split(passage.text))[:most]
    return " ".join(f"{span.of(passage.text).rstrip('.')} [{passage.id}]." for span in spans)


class Narrator:
    """Speaks from ``ChatRequest.facts`` alone, ignores its messages and budgets, and never fails."""

    name = "narrator"
    structured = False

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the report, or the answer to the question, a sentence at a time."""
        if request.question is None:
            text = report_text(request.facts, Audience(request.audience), request.site)
        else:
            text = answer_text(request.facts, request.question, request.passages)
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
