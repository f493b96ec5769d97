"""A conversation belongs to one study and one principal; nobody else ever sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from service.domain.verification import Verification


class TurnState(StrEnum):
    """An answer is cancelled when its reader left before its end, failed when the service did; ``failure`` says why.

    What was said until then is kept.
    """

    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A piece of a document as an answer cited it, kept word for word: the document may change afterwards."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. ``citations`` are the labels of the findings that an answer rests on; ``position`` counts from 0.

    ``passages`` are what it cites. ``verification`` is None for a question, and for an answer that was not checked.
    """

    id: str
    position: int
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    state: TurnState = TurnState.COMPLETE
    written_by: str | None = None
    citations: tuple[str, ...] = ()
    failure: str | None = None
    passages: tuple[CitedPassage, ...] = ()
    verification: Verification | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of one principal about one study, oldest first."""

    study_id: str
    principal: str
    turns: tuple[Turn, ...] = ()
