"""Text into sentences: exact spans, each with the section of the report that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from service.verification.claims import Section, Span

# Abbreviations whose full stop ends no sentence.
_ABBREVIATIONS = frozenset({"dr", "mr", "mrs", "ms", "prof", "vs", "e.g", "i.e", "approx", "st", "fig", "cf"})
# Where a sentence may end: a full stop before a blank (a decimal point has none) or a capital, a dash between blanks,
# a mark that parts cells or items, a blank line, a line that another sentence or item of a list follows.
_END = re.compile(
    r"[.!?]+[\"”')\]]*(?=\s|$)|(?<=[a-z])\.+(?=[A-Z][a-z])|\s[\u2013\u2014]\s|[|\u2022\u2026\u2192\u3002]|=>|\n(?=\s*(?:\n|[-*•#]|\d+[.)]\s|[A-Z\"“(]))|\n\s*\n"
)
# Letters, digits and pictures say something; punctuation alone does not.
_SAYS = re.compile(r"[^\W_]|[\u2300-\u2bff\U0001f000-\U0001faff]")
_ITEM = re.compile(r"\s*(?:[-*•]\s+|#+\s+|\(?\d{1,2}[.)](?=\s)\s*|[a-z][.)]\s+)*", re.ASCII)
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*|\d+)$")


def split(text: str) -> Iterator[Span]:
    """Give the span of each sentence, without the blanks and list marks before it."""
    start = 0
    for end in _END.finditer(text):
        if end.start() < start or _ends_nothing(text, start, end.start()):
            continue
        yield from _trimmed(text, start, end.end())
        start = end.end()
    yield from _trimmed(text, start, len(text))


def _ends_nothing(text: str, start: int, stop: int) -> bool:
    """Whether the stop belongs to an abbreviation or to the number of a list's item."""
    if text[stop] != ".":
        return False
    word = _LAST_WORD.search(text, start, stop)
    if word is None:
        return False
    if word[1].isdigit():
        return not text[start : word.start()].strip()
    return word[1].lower() in _ABBREVIATIONS


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    item = _ITEM.match(text, start, end)
    start = item.end() if item else start
    end = start + len(text[start:end].rstrip())
    if _SAYS.search(text, start, end):
        yield Span(start, end)


def whole(text: str) -> str:
    """Return a text that is still coming up to its last sentence but one: the last may go on."""
    spans = list(split(text))
    return text[: spans[-2].end] if len(spans) > 1 else ""


class Headings:
    """The headings of reports, by section, as a lexicon spells them."""

    def __init__(self, names: Mapping[Section, tuple[str, ...]]) -> None:
        self._sections = {name.upper(): section for section, spelled in names.items() for name in spelled}
        words = "|".join(sorted(map(re.escape, self._sections), key=len, reverse=True))
        # Alone on its line or before a colon; within a line only in capitals, as dictation writes it.
        self._heading = re.compile(
            rf"^[#*_ \t]*(?P<line>(?i:{words}))[ \t]*[*_]*[ \t]*(?::|\r?$)[*_]*|(?<=\s)(?P<inline>{words}):",
            re.MULTILINE,
        )

    def cut(self, text: str) -> Iterator[tuple[Section | None, Span]]:
        """Cut a text at its headings; what stands before the first has no section."""
        section, start = None, 0
        for heading in self._heading.finditer(text):
            yield section, Span(start, heading.start())
            section = self._sections[(heading["line"] or heading["inline"]).upper()]
            start = heading.end()
        yield section, Span(start, len(text))
