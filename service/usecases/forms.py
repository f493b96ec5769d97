"""The form that a text was asked for in: a report of two sections, as JSON or under headings, or an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from models.findings import Label
from prompts.structured import DraftSentence, ParsedReport, completed, parse_report
from service.verification.sections import find_sections
from service.verification.sentences import whole

Sections = dict[str, str]
_MARKUP = re.compile(r"\*+|`+|^#+\s*", re.MULTILINE)
"""Markdown that models write though they were asked not to."""
_TAGS = re.compile(r"</?[a-z_]+>")
"""Tags of the prompt's fences, which a model may repeat."""


class Form(Protocol):
    """How the text of a model is cut into sections, also while it is still coming, and how sections become a text."""

    def read(self, raw: str) -> Sections | None:
        """Return the sections of a finished text; None where it has not the form that was asked for."""
        ...

    def so_far(self, raw: str) -> Sections:
        """Return the sections of a text that is still coming, whole sentences only."""
        ...

    def text(self, sections: Mapping[str, str]) -> str:
        """Write the sections as one text; that of fewer sentences is a beginning of that of more."""
        ...

    def ids(self, raw: str) -> Mapping[str, Sequence[Label]]:
        """Return the findings that the model says each sentence rests on, where the form asks for them."""
        ...


class ReportForm:
    """FINDINGS and IMPRESSION: JSON where the model was asked for it and wrote it, else headed text."""

    def read(self, raw: str) -> Sections | None:
        """Return both sections; None where one is missing or empty."""
        parsed = parse_report(raw)
        if parsed is not None:
            sections = _of_json(parsed)
            return sections if all(sections.values()) else None
        found = find_sections(raw)
        return None if found is None else {"findings": found[0], "impression": found[1]}

    def so_far(self, raw: str) -> Sections:
        """Return what is there of the sections; text before the first heading belongs to none."""
        if raw.lstrip("` \njson").startswith("{"):
            done = completed(raw)
            return _of_json(
                ParsedReport(
                    tuple(sentence for name, sentence in done if name == "findings"),
                    tuple(sentence for name, sentence in done if name == "impression"),
                )
            )
        found = find_sections(raw) or find_sections(f"{raw}\nIMPRESSION:\n-")
        if found is None:
            return {}
        findings, impression = found
        if impression == "-":
            return {"findings": whole(findings)}
        return {"findings": findings, "impression": whole(impression)}

    def text(self, sections: Mapping[str, str]) -> str:
        """Write both under their headings; an empty impression has none yet."""
        parts = [f"{name.upper()}:\n{sections[name]}" for name in ("findings", "impression") if sections.get(name)]
        return "\n\n".join(parts)

    def ids(self, raw: str) -> Mapping[str, Sequence[Label]]:
        """Return the ids of a draft in JSON, by sentence."""
        parsed = parse_report(raw)
        return {} if parsed is None else {each.text: each.labels for each in (*parsed.findings, *parsed.impression)}


class AnswerForm:
    """One piece of plain text."""

    def read(self, raw: str) -> Sections | None:
        """Return the answer; None where there is none."""
        text = _tidy(raw)
        return {"answer": text} if text else None

    def so_far(self, raw: str) -> Sections:
        """Return its whole sentences."""
        return {"answer": whole(_tidy(raw))}

    def text(self, sections: Mapping[str, str]) -> str:
        """Return the answer as it is."""
        return sections["answer"]

    def ids(self, raw: str) -> Mapping[str, Sequence[Label]]:
        """Return nothing: an answer names no ids."""
        del raw
        return {}


def _of_json(parsed: ParsedReport) -> Sections:
    return {"findings": " ".join(_texts(parsed.findings)), "impression": _items(_texts(parsed.impression))}


def _texts(sentences: Sequence[DraftSentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def _items(texts: Sequence[str]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _tidy(raw: str) -> str:
    return _MARKUP.sub("", _TAGS.sub("", raw)).strip()
