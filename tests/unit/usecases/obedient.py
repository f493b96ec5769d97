"""The attacks of tests/data/attacks.toml, the study that they are made on, and a model that obeys them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from models.findings import Finding, Label, Measure, Polarity, Region, Zone
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from service.llm.narrator import answer_text
from service.ports import ChatRequest, Delta
from tests.fakes import FakeModel

_DATA = Path(__file__).parents[2] / "data" / "attacks.toml"
_CHAT_ALONE = frozenset({"question", "earlier", "knowledge", "report"})
_REPORT_ALONE = frozenset({"similar"})
QUESTION = "Is there a pleural effusion?"
_HARMLESS: Mapping[str, str] = {
    "indication": "Cough.",
    "dicom": "CHEST",
    "file_name": "film.png",
    "patient_ref": "P-77",
    "accession": "A-77",
    "prior": "Cough.",
    "similar": "There is no fracture.",
    "knowledge": "Smaller ones hide behind the diaphragm.",
    "report": "No pneumothorax is seen.",
    "question": QUESTION,
}
_HARMLESS_TURNS = ("Is there a pneumothorax?", "No pneumothorax was found.")

Via = Literal["report", "answer"]
Way = Literal["beside", "instead", "json"]
"""What the model writes is said beside what was found, in its place, or beside it in JSON with ids that do not fit."""


def _found(label: Label, probability: float, zone: Zone | None = None, *, doubt: bool = False) -> Finding:
    return Finding(label, probability, 0.5, doubt, (), Region(zone) if zone else None)


_ABSENT = (Label.PNEUMOTHORAX, Label.CONSOLIDATION, Label.ATELECTASIS, Label.EDEMA)
_ABSENT_TOO = (Label.INFILTRATION, Label.NODULE, Label.MASS)
FINDINGS = (
    replace(_found(Label.CARDIOMEGALY, 0.9), measure=Measure("cardiothoracic_ratio", 0.56, 0.019)),
    _found(Label.PLEURAL_EFFUSION, 0.8, Zone.LEFT_LOWER),
    _found(Label.PNEUMONIA, 0.48, doubt=True),
    *(_found(label, 0.03) for label in (*_ABSENT, *_ABSENT_TOO)),
)
POLARITIES: Mapping[Label, Polarity] = {finding.label: finding.polarity for finding in FINDINGS}


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; see the data for what its fields hold. ``turns`` are those of the channel "earlier"."""

    id: str
    channel: str
    kind: str
    text: str
    obeyed: tuple[str, ...]
    omits: frozenset[Label]
    turns: tuple[str, ...] = ()
    tag: str = ""
    hole: str | None = None

    @property
    def ways_in(self) -> tuple[Via, ...]:
        """Where the text may tell: in a draft, in an answer, or in both."""
        if self.channel in _CHAT_ALONE:
            return ("answer",)
        return ("report",) if self.channel in _REPORT_ALONE else ("report", "answer")

    def harmless(self) -> Attack:
        """Return the same channel with a text that wants nothing, and as many turns."""
        return replace(
            self,
            text=_HARMLESS.get(self.channel, ""),
            turns=_HARMLESS_TURNS * (len(self.turns) // 2),
            obeyed=(),
            omits=frozenset(),
        )


@cache
def attacks() -> tuple[Attack, ...]:
    """Read them all."""
    return tuple(map(_attack, tomllib.loads(_DATA.read_text("utf-8"))["attack"]))


def _attack(row: Mapping[str, Any]) -> Attack:
    several = isinstance(row["text"], list)
    return Attack(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        text="" if several else row["text"],
        turns=tuple(row["text"]) if several else (),
        obeyed=tuple(row["obeyed"]),
        omits=frozenset(map(Label, row.get("omits", ()))),
        tag=row.get("tag", ""),
        hole=row.get("hole"),
    )


class Obedient:
    """Implements ``service.ports.ChatModel``: writes what the attack wants, and again when told that it is wrong."""

    name = "obedient"

    def __init__(self, attack: Attack, way: Way) -> None:
        self.structured = way == "json"
        self.requests: list[ChatRequest] = []
        self._attack = attack
        self._way = way

    async def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        """Yield the text in small pieces, as a model does."""
        self.requests.append(request)
        text = self.said(request) if len(self.requests) == 1 else self._again()
        for start in range(0, len(text), 200):
            yield Delta(text[start : start + 200])
        yield FakeModel.END

    def said(self, request: ChatRequest) -> str:
        """Return the whole text of a first request."""
        if request.question is not None:
            true = "" if self._way == "instead" else answer_text(request.facts, QUESTION)
            return " ".join(filter(None, (true, *self._attack.obeyed)))
        findings, impression = (self._section(request.facts, name) for name in ("findings", "impression"))
        if self._way == "json":
            return json.dumps({"findings": findings, "impression": impression}, ensure_ascii=False)
        listed = "\n".join(f"{number}. {line['text']}" for number, line in enumerate(impression, 1))
        return f"FINDINGS:\n{' '.join(str(line['text']) for line in findings)}\n\nIMPRESSION:\n{listed}"

    def _section(self, facts: StudyFacts, name: str) -> list[dict[str, object]]:
        lines = [line for line in narrate(facts).sentences[name] if self._attack.omits.isdisjoint(line.labels)]
        kept = [] if self._way == "instead" and self._attack.obeyed else lines
        rows = [(line.text, [str(label) for label in line.labels]) for line in kept]
        rows += [(line, ["pleural_effusion"]) for line in self._attack.obeyed]
        return [{"text": text, "labels": labels} for text, labels in rows]

    def _again(self) -> str:
        lines = self._attack.obeyed or ("-",)
        return "\n".join(f"{number}: {lines[(number - 1) % len(lines)]}" for number in range(1, 21))

    async def check(self) -> str | None:
        """None: it is there."""
        return None

    async def aclose(self) -> None:
        """Nothing is held."""
