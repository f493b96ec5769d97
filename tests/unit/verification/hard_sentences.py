"""The hard sentences as cases: what each must be read as."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from models.findings import Polarity
from service.verification.claims import Claim, Status

_FILE = Path(__file__).parents[2] / "data" / "hard_sentences.toml"
_HEADS = {*Polarity, Status.ASKED, Status.PAST}


@dataclass(frozen=True)
class Expected:
    """One claim: what it is about, how, and the attributes that it must have."""

    about: str
    head: str
    attributes: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Expected:
        about, head, *attributes = text.split()
        if head not in _HEADS:
            raise ValueError(f"no polarity: {text!r}")
        return cls(about, head, frozenset(attributes))

    def fits(self, claim: Claim) -> bool:
        return (self.about, self.head) == summary(claim) and self.attributes <= said(claim)


@dataclass(frozen=True)
class Case:
    kind: str
    text: str
    claims: tuple[Expected, ...]


def cases() -> list[Case]:
    table = tomllib.loads(_FILE.read_text("utf-8"))
    return [
        Case(kind, text, tuple(Expected.of(part) for part in claims.split(";") if part.strip()))
        for kind, rows in table.items()
        if kind != "version"
        for text, claims in rows
    ]


def summary(claim: Claim) -> tuple[str, str]:
    """What a claim is about, and its polarity, or its status where it speaks of no present film."""
    head = claim.polarity if claim.status is Status.CURRENT else claim.status
    return str(claim.label or claim.observation), str(head)


def said(claim: Claim) -> set[str]:
    attributes = (claim.certainty, claim.side, claim.height, claim.severity, claim.acuity, claim.change)
    return {str(value) for value in attributes if value} | ({f"device={claim.device}"} if claim.device else set())
