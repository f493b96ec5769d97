"""The articles of the package and the documents of a site, as the port ``Knowledge``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from prompts.facts import Passage
from service.domain.errors import ConfigurationError
from service.ports import Knowledge
from service.retrieval import documents
from service.retrieval import words as vocabulary
from service.retrieval.coverage import ENOUGH_OF_A_SITE, Asked, Coverage, Extent
from service.retrieval.later import Later
from service.retrieval.markdown import Article, Section
from service.retrieval.ranking import Ranking
from service.retrieval.words import Words, named

ASKED_FOR = 1.5
"""How much more a passage counts when the question asks for its section ("what mimics ...")."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A passage as it is searched: the slug of its section, its terms as often as they occur, what it extends to."""

    passage: Passage
    slug: str
    terms: tuple[str, ...]
    extent: Extent


class Articles:
    """Implements ``service.ports.Knowledge``. The index is built in a thread; the first search may wait for it."""

    def __init__(self, folder: Path | None, language: str) -> None:
        self._words = vocabulary.load(language)
        self._index = Later(lambda: _Index([*_own(self._words), *(_site(folder, self._words) if folder else ())]))

    def prepare(self) -> None:
        """Begin to build the index."""
        self._index.begin()

    def search(self, question: str, limit: int) -> tuple[Passage, ...]:
        """Return the passages that cover the question, best first; see ``Coverage`` for when one does."""
        return self._index.result().search(question, limit, self._words)

    def passage(self, passage_id: str) -> Passage | None:
        """Return the passage of this id."""
        return self._index.result().by_id.get(passage_id)


class _Index:
    def __init__(self, entries: list[_Entry]) -> None:
        self.by_id = {entry.passage.id: entry.passage for entry in entries}
        self._entries = entries
        self._ranking = Ranking([entry.terms for entry in entries])
        self._coverage = Coverage([entry.extent for entry in entries])

    def search(self, question: str, limit: int, words: Words) -> tuple[Passage, ...]:
        if words.outside.search(question):
            return ()
        asked, wanted = Asked.of(question, words), words.asked(question)
        scores = self._ranking.scores(words.terms(question))
        covering = [i for i in np.flatnonzero(scores).tolist() if self._coverage.covers(i, asked)]

        def worth(index: int) -> float:
            section = ASKED_FOR if self._entries[index].slug in wanted else 1
            return float(scores[index]) * (1 + self._coverage.on_subject(index, asked)) * section

        best = sorted(covering, key=lambda index: (-worth(index), self._entries[index].passage.id))
        return tuple(self._entries[index].passage for index in best[:limit])


def load_articles(folder: Path | None, language: str = "en") -> Knowledge:
    """Knowledge of the package's articles in a language, English where there are none, and of a site's folder.

    Raises ConfigurationError when the folder is not there.
    """
    if folder is not None and not folder.is_dir():
        raise ConfigurationError(f"CXR_KNOWLEDGE: there is no folder {folder}.")
    return Articles(folder, language)


def own_articles(language: str) -> Iterator[Article]:
    """Read the package's articles, by id. Raises ArticleError."""
    folder = files("service") / "knowledge" / language
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".md"):
            yield Article.parse(file.read_text("utf-8"))


def _own(words: Words) -> Iterator[_Entry]:
    for article in own_articles(words.language):
        about = [*words.terms(f"{article.title} {' ; '.join(article.keywords)}"), *map(named, article.labels)]
        for section in article.sections:
            yield _entry(article, section, about, words)


def _entry(article: Article, section: Section, about: list[str], words: Words) -> _Entry:
    passage = Passage(f"{article.id}#{section.slug}", f"{article.title}: {section.heading.lower()}", section.text)
    terms = (*about, *words.terms(section.text))
    return _Entry(passage, section.slug, terms, Extent(frozenset(terms), frozenset(about)))


def _site(folder: Path, words: Words) -> Iterator[_Entry]:
    for found in documents.passages(folder):
        about = words.terms(found.passage.title)
        terms = (*about, *words.terms(found.passage.text))
        extent = Extent(frozenset(terms), frozenset(about), ENOUGH_OF_A_SITE)
        yield _Entry(found.passage, Section(found.heading, "").slug, terms, extent)
