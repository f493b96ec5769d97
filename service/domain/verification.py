"""What each sentence of a text rests on: ``GET /reports/{id}/verification``, and the same for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a claim, and with it its sentence, stands to what was found and said."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One claim: ``text[start:end]`` of the section, what it says, and how it stands.

    ``kind`` is "finding" or what else a sentence may have invented ("prior", "measurement", "name", ...), and then
    ``label`` is None. ``support`` names what it rests on: "finding:edema", "measure:cardiothoracic_ratio",
    "prior:edema", "indication", "question", "passage:edema#mimics".
    """

    start: int
    end: int
    kind: str
    verdict: Standing
    label: str | None = None
    observation: str | None = None
    polarity: str | None = None
    side: str | None = None
    severity: str | None = None
    support: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """One sentence: ``text[start:end]`` of its section ("findings", "impression"; "answer" in a chat).

    ``verdict`` is the worst of its claims'. A sentence without claims says nothing that needs support.
    """

    section: str
    start: int
    end: int
    text: str
    verdict: Standing
    claims: tuple[CheckedClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Omission:
    """A finding, present or in doubt, of which the text says nothing."""

    label: str
    polarity: str


@dataclass(frozen=True, slots=True)
class Repair:
    """One sentence that was changed before anyone saw it: ``after`` is "" where it was taken out.

    ``by`` is "model" (asked once more), "narrator", or "mark"; ``complaints`` say what was wrong with ``before``,
    which is "" for what had been left out.
    """

    section: str
    before: str
    after: str
    by: str
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """Every sentence of a text with its verdict, what the text leaves out, and what could not be checked.

    ``limits`` are sentences; empty where everything was checked.
    """

    sentences: tuple[CheckedSentence, ...]
    omissions: tuple[Omission, ...] = ()
    repairs: tuple[Repair, ...] = ()
    limits: tuple[str, ...] = ()
    policy: str = "repair"
