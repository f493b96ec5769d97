"""A piece of text that can say what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from models.findings import Label


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence and the labels whose findings it rests on; no label where it rests on none (technique, headings)."""

    text: str
    labels: tuple[Label, ...] = ()


def sentence(text: str) -> str:
    """Text with its first letter as a capital and the rest as it is."""
    return text[:1].upper() + text[1:]


def distinct(statements: tuple[Statement, ...]) -> tuple[Label, ...]:
    """Labels of all statements, each once, in the order in which they are first named."""
    return tuple(dict.fromkeys(label for statement in statements for label in statement.labels))
