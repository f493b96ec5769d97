"""The site's own phrases: what its readers put into a report at a keystroke."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence or macro for one section of a report, by the name that its readers know it by (``id``)."""

    id: str
    section: str
    language: str
    text: str
