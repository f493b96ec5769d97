"""The lexicon of a language: names, phrases and bands, read from ``prompts/lexicon/<language>/*.toml``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.findings import Abstention, Finding, Grade, Label, Polarity, Zone
from prompts.statement import sentence


class UnknownLanguageError(LookupError):
    """No lexicon for this language; the message names those there are."""


@dataclass(frozen=True, slots=True)
class Term:
    """How one label is named, where it is reported, how urgent it is (1 first), what a reader may call it."""

    label: Label
    name: str
    article: str
    plural: bool
    several: str
    group: str
    place: str
    urgency: int
    synonyms: tuple[str, ...]

    def inflected(self, zone: Zone | None) -> Noun:
        """Name, with its article where it takes one, and number; in both lungs "a mass" becomes "masses"."""
        if zone is Zone.BILATERAL and self.several:
            return Noun(self.several, self.several, plural=True)
        return Noun(self.name, f"{self.article} {self.name}".strip(), plural=self.plural)


@dataclass(frozen=True, slots=True)
class Noun:
    """A name as a sentence uses it: bare, with its article, and whether its verb is plural."""

    name: str
    phrase: str
    plural: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """How a finding of one strength is said in each section; the fields of the texts are listed in ``phrases.toml``."""

    finding: str
    impression: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one language. ``version`` names language, the file's own number and the hash of its content."""

    language: str
    version: str
    terms: Mapping[Label, Term]
    intents: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Any]

    def say(self, key: str, **values: object) -> str:
        """Fill the phrase ``table.name`` and begin it with a capital."""
        return sentence(self.plain(key, **values))

    def plain(self, key: str, **values: object) -> str:
        """Fill the phrase ``table.name`` as part of a sentence."""
        table, name = key.split(".")
        return str(self.tables[table][name]).format(**values)

    def listed(self, items: Sequence[str], conjunction: str) -> str:
        """Join as a list: "a", "a and b", "a, b or c"; ``conjunction`` is ``and`` or ``or``."""
        words = self.tables["words"]
        return str(words[conjunction]).join(filter(None, (str(words["comma"]).join(items[:-1]), *items[-1:])))

    def number(self, count: int) -> str:
        """Say a small count in words, a larger one in figures."""
        words = self.tables["words"]["numbers"]
        return str(words[count]) if count < len(words) else str(count)

    def zone(self, finding: Finding) -> Zone | None:
        """Zone of a finding, where it is known and means something for its label."""
        return finding.region.zone if finding.region and self.terms[finding.label].place else None

    def place(self, label: Label, zone: Zone | None) -> str:
        """Say where a finding lies, after a blank (" in the right lower lung zone"); "" where there is no zone."""
        return f" {self.tables['places'][self.terms[label].place][zone]}" if zone else ""

    def wording(self, finding: Finding) -> Wording:
        """How to say a present or uncertain finding.

        Present: by the band of its probability. Uncertain: by the side of the threshold it lies on.
        """
        if finding.polarity is Polarity.UNCERTAIN:
            side = "towards" if finding.probability >= finding.threshold else "against"
            return Wording(**self.tables["uncertain"][side])
        band = self.band("present", finding.probability)
        return Wording(band["finding"], band["impression"])

    def band(self, table: str, probability: float) -> Mapping[str, Any]:
        """First band of a table, strongest first, whose ``min`` the probability reaches."""
        bands: list[dict[str, Any]] = self.tables[table]
        return next((band for band in bands if probability >= band["min"]), bands[-1])

    def phrase(self, template: str, labels: Sequence[Label], zone: Zone | None = None) -> str:
        """Fill a wording for labels that share it and begin it with a capital."""
        return sentence(self.fill(template, labels, zone))

    def fill(self, template: str, labels: Sequence[Label], zone: Zone | None = None) -> str:
        """Fill a wording for one or several labels of one kind of place; agreement and lists are this language's."""
        nouns = [self.terms[label].inflected(zone) for label in labels]
        names, phrases = [noun.name for noun in nouns], [noun.phrase for noun in nouns]
        first = self.tables["words"]["plural" if nouns[0].plural else "singular"]
        whole = self.tables["words"]["plural"] if len(nouns) > 1 else first
        return template.format(
            np=self.listed(phrases, "and"),
            np_or=self.listed(phrases, "or"),
            names=self.listed(names, "and"),
            names_or=self.listed(names, "or"),
            there=first["is"],
            place=self.place(labels[0], zone),
            **whole,
        )


@cache
def load(language: str) -> Lexicon:
    """Lexicon of a language ("en"). Raises UnknownLanguageError."""
    if language not in languages():
        raise UnknownLanguageError(f"no lexicon for language {language!r}; there are: {', '.join(languages())}")
    folder = files("prompts") / "lexicon" / language
    sources = {name: (folder / f"{name}.toml").read_bytes() for name in ("labels", "phrases", "questions")}
    parsed = {name: tomllib.loads(source.decode()) for name, source in sources.items()}
    numbers = ".".join(str(parsed[name].pop("version")) for name in sources)
    digest = hashlib.sha256(b"\0".join(sources.values())).hexdigest()[:12]
    tables = parsed["phrases"] | parsed["questions"]
    return Lexicon(
        language=language,
        version=f"lexicon/{language}@{numbers}+{digest}",
        terms={Label(key): _term(key, entry) for key, entry in parsed["labels"].items()},
        intents={name: tuple(patterns) for name, patterns in tables.pop("intents").items()},
        tables=_checked(tables),
    )


@cache
def languages() -> tuple[str, ...]:
    """Languages that have a lexicon."""
    folders = (files("prompts") / "lexicon").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / "labels.toml").is_file()))


def _term(key: str, entry: Mapping[str, Any]) -> Term:
    synonyms = tuple(dict.fromkeys((entry["name"], *entry["synonyms"])))
    return Term(**{**entry, "label": Label(key), "synonyms": synonyms})


def _checked(tables: dict[str, Any]) -> dict[str, Any]:
    """Fail at load, not in the middle of a report, where a language lacks a zone, a grade or a reason."""
    missing = [
        *(f"places.{kind}.{zone}" for kind, places in tables["places"].items() for zone in Zone if zone not in places),
        *(f"chatcad_grades.{grade}" for grade in Grade if grade not in tables["chatcad_grades"]),
        *(f"abstentions.{reason}" for reason in Abstention if reason not in tables["abstentions"]),
        *(f"measures.{name}" for name in tables["measured"].values() if name not in tables["measures"]),
    ]
    if missing:
        raise LookupError(f"the lexicon lacks {', '.join(missing)}")
    return tables
