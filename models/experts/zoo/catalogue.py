"""The public networks by name: where each is fetched, what it reads, how it wants its film (catalogue.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.base import ExpertError
from models.findings import Label

FILE = Path(__file__).with_name("catalogue.toml")

SEGMENTERS = frozenset({"pspnet"})
"""Architectures that find organs instead of reading labels."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published network.

    ``labels`` are the network's own names of what it was trained on; ``size`` is the side of its input in pixels;
    ``framing`` is a ``models.classifier.Framing``. ``url`` is None where no single file can be fetched: then ``where``
    says where to get it. ``networks`` is how many members a label's ensemble has. ``sha256`` is None where unknown.
    """

    name: str
    architecture: str
    trained_on: str
    licence: str
    citation: str
    size: int
    framing: str
    labels: tuple[str, ...]
    url: str | None = None
    where: str | None = None
    networks: int = 1
    sha256: str | None = None

    @property
    def segments(self) -> bool:
        """Whether it finds organs instead of reading labels."""
        return self.architecture in SEGMENTERS

    @property
    def filename(self) -> str:
        """Name of the published file."""
        return (self.url or f"{self.name}.zip").rpartition("/")[2]


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every network that can be pulled, by name."""
    return {name: _entry(name, fields) for name, fields in _data()["networks"].items()}


@cache
def names() -> Mapping[str, Label]:
    """Return which of our labels each of the networks' own names is. Organs have none."""
    return {name: Label(label) for name, label in _data()["names"].items()}


def entry(name: str) -> Entry:
    """Look a network up. Raises ExpertError when there is none of that name."""
    if name not in catalogue():
        raise ExpertError(f"The zoo has no network {name!r}; it has {', '.join(catalogue())}.")
    return catalogue()[name]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _entry(name: str, fields: dict[str, Any]) -> Entry:
    return Entry(name=name, **(fields | {"labels": tuple(fields["labels"])}))
