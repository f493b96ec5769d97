"""A site's own documents as text: Markdown, plain text, HTML and, where pypdf is installed, PDF."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import structlog

from prompts.facts import Passage
from prompts.fence import visible
from service.retrieval.markdown import Section, sections
from service.retrieval.pieces import pieces

LARGEST_BYTES = 20 << 20
"""Larger files are left out: no document that somebody reads has as much text."""

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "header", "hr", "li", "main"}
    | {"nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"}
)
_SILENT = frozenset({"script", "style", "template", "title", "head"})
_HEADINGS = re.compile(r"h[1-6]")
_log = structlog.get_logger(__name__)


class UnreadableError(Exception):
    """A document cannot be read; the message says why, in a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class SitePassage:
    """A passage of a site's document, with the heading above it."""

    passage: Passage
    heading: str


def passages(folder: Path) -> Iterator[SitePassage]:
    """Cut all documents below a folder, by path; what cannot be read is left out and logged.

    An id is "site/<path below the folder>#<number>", with what an id cannot hold as hyphens.
    """
    numbers: dict[str, int] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(folder).as_posix()
        slug = re.sub(r"[^\w./-]+", "-", name)
        try:
            found = list(_sections(path))
        except (UnreadableError, OSError) as error:
            _log.warning("knowledge.left_out", file=name, problem=str(error))
            continue
        for section in found:
            for piece in pieces(section.text):
                numbers[slug] = numbers.get(slug, 0) + 1
                passage = Passage(f"site/{slug}#{numbers[slug]}", _title(path, section), piece)
                yield SitePassage(passage, section.heading)


def _title(path: Path, section: Section) -> str:
    name = re.sub(r"[\s_-]+", " ", path.stem).strip()
    return f"{name}: {section.heading}" if section.heading else name


def _sections(path: Path) -> Iterator[Section]:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise UnreadableError(f"only {', '.join(_READERS)} are read")
    if path.stat().st_size > LARGEST_BYTES:
        raise UnreadableError(f"it is larger than {LARGEST_BYTES >> 20} MiB")
    for section in sections(visible(read(path))):
        yield Section(section.heading, section.text)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return path.read_text("cp1252", errors="replace")


def _html(path: Path) -> str:
    page = _Page()
    page.feed(_text(path))
    page.close()
    return "".join(page.parts)


def _pdf(path: Path) -> str:
    if find_spec("pypdf") is None:
        raise UnreadableError("reading PDF needs pypdf: pip install 'cxr-scribe[pdf]'")
    pypdf = import_module("pypdf")
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    except (pypdf.errors.PyPdfError, ValueError, KeyError) as error:
        raise UnreadableError(f"the PDF is damaged or locked: {error}") from error
    if not any(map(str.strip, pages)):
        raise UnreadableError("the PDF holds no text: it is a scan")
    return "\n\n".join(pages)


_READERS: Mapping[str, Callable[[Path], str]] = MappingProxyType(
    {".md": _text, ".txt": _text, ".html": _html, ".htm": _html, ".pdf": _pdf}
)


class _Page(HTMLParser):
    """Text of a page in paragraphs, its headings as Markdown's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT
        if _HEADINGS.fullmatch(tag):
            self.parts.append("\n\n# ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BLOCKS or _HEADINGS.fullmatch(tag):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))
