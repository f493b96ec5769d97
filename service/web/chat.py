"""Follow-up questions about a study, each caller in a conversation of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from service.domain.conversation import Turn
from service.usecases.converse import Converse, Question
from service.usecases.generation import FellBack, Piece
from service.web.deps import Built, Caller
from service.web.sse import Event, event_stream
from service.web.verdicts import VerificationView
from service.web.views import ChatMessageRequest, Page, TurnView

router = APIRouter(prefix="/api/v1/studies/{study_id}/chat", tags=["chat"])


@router.post("", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def ask(services: Built, caller: Caller, study_id: str, request: ChatMessageRequest) -> StreamingResponse:
    """Ask; the answer streams as ``delta`` events and ends with ``done``. Leaving cancels the generation."""
    question = await services.converse.ask(study_id, request.message, caller)
    return event_stream(_events(services.converse, question))


@router.get("")
async def history(services: Built, caller: Caller, study_id: str) -> Page[TurnView]:
    """Return the caller's own conversation about the study, oldest first."""
    conversation = await services.converse.history(study_id, caller)
    return Page[TurnView](items=[TurnView.of(turn) for turn in conversation.turns])


async def _events(converse: Converse, question: Question) -> AsyncIterator[Event]:
    async for event in converse.answer(question):
        match event:
            case Piece(text):
                yield "delta", {"text": text}
            case FellBack(fallback):
                yield "stage", {"stage": "fallback", **asdict(fallback)}
            case Turn():
                if event.verification is not None:
                    yield "verification", VerificationView.of(event.verification).model_dump(mode="json")
                yield "done", TurnView.of(event).model_dump(mode="json")
