"""What this system is, for a reader who must know whose word a draft is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from models.base import ExpertCard
from models.gate.keeper import NAME, NETWORK, read_card
from models.panel import Panel
from models.weights import find
from prompts.lexicons import languages
from service.usecases.generation import Writer

NOTICE = (
    "For research only. This is not a medical device: its findings and drafts are suggestions that may be wrong, and "
    "a radiologist must read every film."
)


@dataclass(frozen=True, slots=True)
class NetworkId:
    """One network, exactly: name, version, hash of its weights, licence."""

    name: str
    version: str
    weights_sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class About:
    """The parts that read and write; ``model`` is the site's own language model."""

    experts: tuple[NetworkId, ...]
    segmenter: NetworkId | None
    gate: NetworkId
    model: str
    languages: tuple[str, ...]
    notice: str = NOTICE


def about(panel: Panel, writer: Writer) -> About:
    """Return what reads and writes at this site."""
    return About(
        experts=tuple(_network(expert.card) for expert in panel.experts),
        segmenter=_network(panel.segmenter.card) if panel.segmenter else None,
        gate=_gate(),
        model=writer.model().name,
        languages=languages(),
    )


def _network(card: ExpertCard) -> NetworkId:
    return NetworkId(card.name, card.version, card.weights_sha256, card.licence)


@cache
def _gate() -> NetworkId:
    card = read_card(find(NAME, []))
    return NetworkId(card["name"], card["version"], card["files"][NETWORK], card["licence"])
