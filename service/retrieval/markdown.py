"""Articles as they are kept: TOML between two lines of ``+++``, then Markdown whose headings cut it into sections."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from models.findings import Label

_FRONT = re.compile(r"\A\+\+\+\n(?P<front>.*?)^\+\+\+\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_MARKS = re.compile(
    r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+"  # marks of a list
    r"|\*\*|`|(?<!\w)[_*](?=\w)|(?<=\w)[_*](?!\w)"  # of emphasis
    r"|!?\[(?=[^\]]*\]\()|(?<=\w)\]\([^)]*\)",  # of links
    re.MULTILINE,
)


class ArticleError(ValueError):
    """A file is no article: its front matter is missing, incomplete or wrong."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under one heading, "" before the first; ``text`` has no Markdown left."""

    heading: str
    text: str

    @property
    def slug(self) -> str:
        """Heading as part of an id ("what-it-is")."""
        return re.sub(r"[^a-z0-9]+", "-", self.heading.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Article:
    """One article; ``labels`` are those it is about, ``keywords`` what else a question may call its subject."""

    id: str
    title: str
    kind: str
    labels: tuple[Label, ...]
    keywords: tuple[str, ...]
    sections: tuple[Section, ...]

    @classmethod
    def parse(cls, source: str) -> Article:
        """Read an article. Raises ArticleError."""
        parts = _FRONT.match(source)
        if parts is None:
            raise ArticleError("the article does not begin with its front matter between two lines of +++")
        try:
            front = tomllib.loads(parts["front"])
            labels = tuple(map(Label, front.pop("labels")))
            keywords = tuple(front.pop("keywords"))
            return cls(**front, labels=labels, keywords=keywords, sections=tuple(sections(parts["body"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ArticleError(f"the front matter of the article is wrong: {error}") from error


def sections(body: str) -> Iterator[Section]:
    """Cut Markdown at its headings, of whatever depth; parts without text are left out."""
    cuts = [*_HEADING.finditer(body)]
    starts = [("", 0), *((cut[1], cut.end()) for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(body)]
    for (heading, start), end in zip(starts, ends, strict=True):
        if text := plain(body[start:end]):
            yield Section(heading, text)


def plain(markdown: str) -> str:
    """Paragraphs of Markdown as lines of text, without its marks."""
    paragraphs = re.split(r"\n\s*\n", _MARKS.sub("", markdown))
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())
