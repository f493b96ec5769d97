"""Text into terms: word stems, and the labels that it names under any of their names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import snowballstemmer

from models.findings import Label
from prompts import lexicons
from prompts.questions import understand

_STEMMERS = {"en": "english"}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: how they are spelt alike, which carry nothing, which part of an article they ask for.

    ``sections`` gives, for the slug of a section, the pattern of questions that ask for it; ``outside`` is that of
    questions which no article covers whatever words they share.
    """

    language: str
    stopwords: frozenset[str]
    alike: Mapping[str, str]
    spelling: re.Pattern[str]
    sections: Mapping[str, re.Pattern[str]]
    outside: re.Pattern[str]

    def terms(self, text: str) -> list[str]:
        """Stems of the words that carry something, in order, then each label named ("=pneumothorax")."""
        return [*self.stems(text), *map(named, self.labels(text))]

    def stems(self, text: str) -> list[str]:
        """Stems of the words that carry something, in order."""
        plain = self.spelling.sub(lambda match: self.alike[match[0]], text.casefold())
        return [_stem(word, self.language) for word in _WORD.findall(plain) if word not in self.stopwords]

    def labels(self, text: str) -> tuple[Label, ...]:
        """Labels that the text names, by the lexicon of prompts."""
        return understand(text, self.language).labels

    def names(self, label: Label) -> frozenset[str]:
        """Stems of all names of a label: what a question says by naming it, it need not find word for word."""
        return _names(self.language, label)

    def asked(self, question: str) -> frozenset[str]:
        """Slugs of the sections that the question asks for."""
        return frozenset(slug for slug, pattern in self.sections.items() if pattern.search(question))


def named(label: Label) -> str:
    """Term of a label; no word can be spelt like it."""
    return f"={label}"


@cache
def load(language: str) -> Words:
    """Words of a language, "en" where there is no file for it."""
    folder = files("service.retrieval") / "words"
    known = language if (folder / f"{language}.toml").is_file() else "en"
    table = tomllib.loads((folder / f"{known}.toml").read_text("utf-8"))
    alike = {spelt: meant for meant, others in table["alike"].items() for spelt in others}
    longest_first = sorted(alike, key=lambda spelt: (-len(spelt), spelt))
    return Words(
        language=known,
        stopwords=frozenset(table["stopwords"].split()),
        alike=alike,
        spelling=re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"),
        sections={slug: _any(patterns) for slug, patterns in table["sections"].items()},
        outside=_any(table["outside"]["patterns"]),
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


@cache
def _names(language: str, label: Label) -> frozenset[str]:
    words = load(language)
    return frozenset(stem for name in lexicons.load(language).terms[label].synonyms for stem in words.stems(name))


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    # One stemmer a word: it keeps the word as its state, and threads ask at the same time.
    return str(snowballstemmer.stemmer(_STEMMERS[language]).stemWord(word))
