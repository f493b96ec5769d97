"""A report as JSON, one object a sentence with the ids that it rests on: its schema, its parser, its stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from models.findings import Label

SectionName = Literal["findings", "impression"]

_MOST_SENTENCES = 16
_LONGEST_SENTENCE = 300
_DECODER = json.JSONDecoder()
# A quotation mark inside a JSON string is escaped, so that no text of a sentence can spell a section's key.
_SECTION = re.compile(r'"(findings|impression)"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


class DraftSentence(NamedTuple):
    """A sentence as a model wrote it, and the labels that it says the sentence rests on, each once."""

    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """Both sections, sentence by sentence."""

    findings: tuple[DraftSentence, ...]
    impression: tuple[DraftSentence, ...]


def report_schema(labels: Sequence[Label]) -> dict[str, Any]:
    """JSON schema (draft-07, as llama.cpp and OpenAI's strict mode take it) of a report on these assessed labels."""
    ids: dict[str, Any] = {"type": "string"}
    if labels:
        ids["enum"] = [str(label) for label in labels]
    sentence = _closed(
        text={"type": "string", "maxLength": _LONGEST_SENTENCE},
        labels={"type": "array", "items": ids, "maxItems": len(labels)},
    )
    section = {"type": "array", "items": sentence, "maxItems": _MOST_SENTENCES}
    return _closed(findings=section, impression=section)


def parse_report(text: str) -> ParsedReport | None:
    """Read a report's JSON, bare, in a code fence or amid other text; None where there is no whole one.

    A sentence without text is dropped, an id that is no label's too; a bare string is a sentence that rests on nothing.
    """
    for start in (match.start() for match in re.finditer(r"\{", text)):
        found = _decoded(text, start)
        if found and isinstance(found[0], dict):
            findings, impression = (found[0].get(name) for name in ("findings", "impression"))
            if isinstance(findings, list) and isinstance(impression, list):
                return ParsedReport(tuple(_sentences(findings)), tuple(_sentences(impression)))
    return None


def completed(text: str) -> tuple[tuple[SectionName, DraftSentence], ...]:
    """Sentences that a report's JSON holds already, with their sections, however early the text breaks off.

    Of a longer text of the same stream the result begins with that of the shorter.
    """
    return tuple(
        (name, sentence)
        for match in _SECTION.finditer(text)
        for name in (_name(match),)
        for sentence in _sentences(_items(text, match.end()))
    )


def _name(match: re.Match[str]) -> SectionName:
    return "findings" if match[1] == "findings" else "impression"


def _items(text: str, position: int) -> Iterator[object]:
    """Decode the elements of an array that begins at ``position``, until it ends or the text breaks off."""
    while True:
        position = _end(_BETWEEN.match(text, position), position)
        found = _decoded(text, position)
        if found is None:
            return
        item, position = found
        yield item


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _decoded(text: str, start: int) -> tuple[Any, int] | None:
    """Decode one JSON value and say where it ends."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):  # a model may nest brackets without end
        return None


def _sentences(items: Iterator[object] | Sequence[object]) -> Iterator[DraftSentence]:
    for item in items:
        fields = item if isinstance(item, dict) else {"text": item}
        text, ids = fields.get("text"), fields.get("labels")
        if isinstance(text, str) and text.strip():
            named = ids if isinstance(ids, list) else ()
            known = (label for one in named for label in Label if label == one)
            yield DraftSentence(" ".join(text.split()), tuple(dict.fromkeys(known)))


def _closed(**properties: object) -> dict[str, Any]:
    """Object schema in which every property is required and no other is allowed."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
