"""A turn of a conversation: a unit of work for the question, the model's stream, a unit of work for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import uuid4

import structlog

from prompts.questions import understand
from prompts.render import chat_prompt
from service.domain.access import AuditEvent, Principal
from service.domain.conversation import CitedPassage, Conversation, Turn, TurnState
from service.domain.errors import Rejected, ServiceError, TryLater
from service.domain.report import Report
from service.domain.study import Study, StudyState
from service.imaging.free_text import printable, scrub
from service.ports import ChatMessage, ChatRequest, Clock, Knowledge, Storage
from service.usecases.facts import known_facts
from service.usecases.films import Films
from service.usecases.forms import AnswerForm
from service.usecases.generation import FellBack, Piece
from service.usecases.guarding import NARRATOR, Guard, Guarded
from service.usecases.lookup import find_study
from service.verification.claims import Span
from service.verification.grounds import Grounds
from service.verification.knowledge import cited

_log = structlog.get_logger()
_LONGEST_MESSAGE = 4000
"""Characters; a question longer than two pages is a document, and no model here keeps its place in it."""
_PASSAGES = 3
_PASSAGE = "passage:"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is stored and waits for its answer."""

    study: Study
    report: Report | None
    before: Conversation
    turn: Turn
    principal: Principal


class Converse:
    """Follow-up questions about a study, each principal in a conversation of its own."""

    def __init__(
        self, storage: Storage, films: Films, guard: Guard, clock: Clock, *, knowledge: Knowledge | None = None
    ) -> None:
        self._storage = storage
        self._films = films
        self._guard = guard
        self._clock = clock
        self._knowledge = knowledge
        self._storing: set[asyncio.Task[Turn]] = set()

    async def history(self, study_id: str, principal: Principal) -> Conversation:
        """Return this principal's conversation about the study. Raises Unknown when there is no such study."""
        async with self._storage.unit(readonly=True) as unit:
            await find_study(unit, study_id)
            return await unit.conversations.get(study_id, principal.id)

    async def ask(self, study_id: str, message: str, principal: Principal) -> Question:
        """Store the question. Raises Unknown; Rejected when empty or endless; TryLater while the study is read."""
        text = printable(message).strip()
        if not text or len(text) > _LONGEST_MESSAGE:
            raise Rejected(f"Ask a question of 1 to {_LONGEST_MESSAGE} characters.", code="bad-message")
        async with self._storage.unit() as unit:
            study = await find_study(unit, study_id)
            if study.state is StudyState.RECEIVED:
                raise TryLater("The experts are still reading this study: ask again in a moment.", retry_after_s=2)
            before = await unit.conversations.get(study_id, principal.id)
            reports = await unit.reports.of_study(study_id)
            turn = Turn(uuid4().hex, len(before.turns), "user", text, self._clock.now())
            turn = await unit.conversations.append(study_id, principal.id, turn)
            await unit.audit.add(AuditEvent(uuid4().hex, turn.created_at, principal.id, "chat.asked", study_id))
            await unit.commit()
        return Question(study, reports[0] if reports else None, before, turn, principal)

    async def answer(self, question: Question) -> AsyncIterator[Piece | FellBack | Turn]:
        """Yield the answer in pieces and, last, the stored turn.

        Closed early, the generation is cancelled and what was said so far is kept, marked as such; so it is, with the
        reason, when the service fails.
        """
        said: list[str] = []
        ending: Turn | None = None
        try:  # left or cancelled, a generation is no Exception
            request = await self._request(question)
            grounds = Grounds(request.facts, request.question, request.passages)
            asked = understand(request.question or "", request.facts.language)
            # Not the model's to answer: whatever it said of this film would be taken for the other patient's.
            llm = NARRATOR if asked.elsewhere else None
            async with aclosing(self._guard.write(request, grounds, AnswerForm(), llm=llm)) as events:
                async for event in events:
                    if isinstance(event, Guarded):
                        ending = self._turn(question, event.sections["answer"], TurnState.COMPLETE, event)
                        break
                    said = [] if isinstance(event, FellBack) else [*said, event.text]
                    yield event
        except Exception as error:
            ending = self._turn(question, "".join(said), TurnState.FAILED, error)
            raise
        finally:
            # In a task of its own: the client may be gone, and its request cancelled, while the end is written down.
            ending = ending or self._turn(question, "".join(said), TurnState.CANCELLED, None)
            storing = asyncio.create_task(self._append(question, ending))
            self._storing.add(storing)
            storing.add_done_callback(self._stored)
        yield await storing

    async def _request(self, question: Question) -> ChatRequest:
        """Return what to ask the model, with the passages of the knowledge that cover the question."""
        known = await self._known(question.study)
        async with self._storage.unit(readonly=True) as unit:
            facts = await known_facts(unit, question.study)
        asked = scrub(question.turn.text, known)
        passages = await asyncio.to_thread(self._knowledge.search, asked, _PASSAGES) if self._knowledge else ()
        history = [(turn.role, scrub(turn.text, known)) for turn in question.before.turns if turn.text]
        report = _report_text(question.report)
        prompt = chat_prompt(facts, report_text=report, history=history, question=asked, passages=passages)
        return ChatRequest(
            messages=tuple(ChatMessage(role, content) for role, content in prompt.messages),
            facts=facts,
            question=asked,
            max_tokens=self._guard.budget.max_tokens,
            deadline_s=self._guard.budget.deadline_s,
            passages=passages,
        )

    async def _known(self, study: Study) -> frozenset[str]:
        """Return what identifies the patient: what the sender gave, and what the films' own tags hold."""
        given = frozenset(filter(None, (study.patient_ref, study.accession)))
        return given | await self._films.identifiers(study.images)

    def _turn(self, question: Question, text: str, state: TurnState, outcome: Guarded | Exception | None) -> Turn:
        done = outcome if isinstance(outcome, Guarded) else None
        return Turn(
            id=uuid4().hex,
            position=0,
            role="assistant",
            text=text,
            created_at=self._clock.now(),
            state=state,
            written_by=done.written.written_by if done else None,
            citations=_citations(text, question.study),
            failure=_why(outcome),
            passages=self._cited(text, done),
            verification=done.verification if done else None,
        )

    def _cited(self, text: str, done: Guarded | None) -> tuple[CitedPassage, ...]:
        """Return the passages that the text names, or that support one of its sentences."""
        named = [passage_id for _, passage_id in cited(text, Span(0, len(text)))]
        claims = [claim for sentence in done.verification.sentences for claim in sentence.claims] if done else []
        named += [
            each.removeprefix(_PASSAGE) for claim in claims for each in claim.support if each.startswith(_PASSAGE)
        ]
        found = (self._knowledge.passage(each) for each in dict.fromkeys(named)) if self._knowledge else ()
        return tuple(CitedPassage(each.id, each.title, each.text) for each in found if each)

    async def _append(self, question: Question, turn: Turn) -> Turn:
        async with self._storage.unit() as unit:
            stored = await unit.conversations.append(question.study.id, question.principal.id, turn)
            await unit.commit()
        return stored

    def _stored(self, storing: asyncio.Task[Turn]) -> None:
        """Take note of an answer that nobody awaits any more: its study may have been deleted meanwhile."""
        self._storing.discard(storing)
        if not storing.cancelled() and (error := storing.exception()) is not None:
            _log.warning("chat.unstored", problem=type(error).__name__)

    async def aclose(self) -> None:
        """Wait until every answer is written down."""
        await asyncio.gather(*self._storing, return_exceptions=True)


def _why(outcome: Guarded | Exception | None) -> str | None:
    """Return what went wrong, in a sentence of ours: what an unexpected error says may hold patient data."""
    match outcome:
        case Guarded(written=written):
            return written.fallback.detail if written.fallback else None
        case ServiceError(detail=detail):
            return detail
        case Exception():
            return "The service failed in the middle of this answer; ask again."
        case None:
            return None


def _citations(text: str, study: Study) -> tuple[str, ...]:
    """Return the labels that the text speaks of and that are findings of this study."""
    found = {finding.label for finding in study.findings}
    return tuple(label.value for label in understand(text, study.language).labels if label in found)


def _report_text(report: Report | None) -> str:
    if report is None:
        return ""
    return f"FINDINGS:\n{report.sections.findings}\n\nIMPRESSION:\n{report.sections.impression}"
