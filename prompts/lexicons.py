"""The lexicon of a language: names, phrases and grammar, read from ``prompts/lexicon/<language>/*.toml``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.findings import Abstention, Change, Finding, Grade, Label, Polarity, Zone
from prompts.audience import Audience
from prompts.nouns import Fields, Grammar, Noun, Term
from prompts.statement import sentence

_FOLDER = files("prompts") / "lexicon"
_FILES = ("labels", "phrases", "patient", "questions")


class UnknownLanguageError(LookupError):
    """No lexicon for this language; the message names those there are."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a finding of one strength is said in each section; the fields of the texts are listed in ``phrases.toml``."""

    finding: str
    impression: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one language. ``version`` names language, the files' own numbers and the hash of their content."""

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
        """Join as a list: "a", "a and b", "a, b or c"; ``conjunction`` is a key of the table ``lists``."""
        return self._grammar.listed(items, conjunction)

    def number(self, count: int) -> str:
        """Say a small count in words, a larger one in figures."""
        words = self.tables["words"]["numbers"]
        return str(words[count]) if count < len(words) else str(count)

    def figure(self, value: float, spec: str = ".2f") -> str:
        """Write a number with the decimal mark of the language."""
        decimal: str = self.tables["words"]["decimal"]
        return format(value, spec).replace(".", decimal)

    def joined(self, sentences: Sequence[str]) -> str:
        """Set sentences one behind the other."""
        return str(self.tables["words"]["between"]).join(sentences)

    def zone(self, finding: Finding) -> Zone | None:
        """Zone of a finding, where it is known and means something for its label."""
        return finding.region.zone if finding.region and self.terms[finding.label].place else None

    def place(self, label: Label, zone: Zone | None) -> str:
        """Say where a finding lies, after a blank where the language has blanks; "" where there is no zone."""
        place = self.terms[label].place
        return f"{self.tables['words']['blank']}{self.tables['places'][place][zone]}" if zone and place else ""

    def wording(self, finding: Finding) -> Wording:
        """How to say a present or uncertain finding.

        Present: by the band of its probability. Uncertain: by the side of the threshold it lies on.
        """
        if finding.polarity is Polarity.UNCERTAIN:
            side = "towards" if finding.probability >= finding.threshold else "against"
            return Wording(**self.tables["uncertain"][side])
        return Wording(**self.tables["present"][self.band("present", finding.probability)])

    def band(self, table: str, probability: float) -> str:
        """Name of the first band of a table, strongest first, whose lower bound the probability reaches."""
        bounds: Mapping[str, float] = self.tables["bands"][table]
        return next(name for name, bound in bounds.items() if probability >= bound)

    def phrase(self, template: str, labels: Sequence[Label], zone: Zone | None = None, **values: object) -> str:
        """Fill a wording for labels that share it and begin it with a capital."""
        return sentence(self.fill(template, labels, zone, **values))

    def fill(self, template: str, labels: Sequence[Label], zone: Zone | None = None, **values: object) -> str:
        """Fill a wording for one or several labels of one kind of place; agreement and lists are this language's."""
        nouns = [self.terms[label].inflected(zone) for label in labels]
        return template.format_map(Fields(nouns, self._grammar, {"place": self.place(labels[0], zone), **values}))

    @property
    def _grammar(self) -> Grammar:
        return Grammar(self.tables["lists"], self.tables["euphony"], self.tables["agreement"])


@cache
def load(language: str, audience: Audience = Audience.CLINICIAN) -> Lexicon:
    """Lexicon of a language ("en"); a patient's lays its plain words over it. Raises UnknownLanguageError."""
    if language not in languages():
        raise UnknownLanguageError(f"no lexicon for language {language!r}; there are: {', '.join(languages())}")
    sources = [_FOLDER / "common.toml", *(_FOLDER / language / f"{name}.toml" for name in _FILES)]
    contents = [source.read_bytes() for source in sources]
    common, labels, phrases, patient, questions = parsed = [tomllib.loads(content.decode()) for content in contents]
    numbers = ".".join(str(part.pop("version")) for part in parsed)
    digest = hashlib.sha256(b"\0".join(contents)).hexdigest()[:12]
    tables = phrases | questions | {name: common[name] for name in ("bands", "measured")}
    if audience is Audience.PATIENT:
        tables = merged(tables, patient)
    return Lexicon(
        language=language,
        version=f"lexicon/{language}@{numbers}+{digest}",
        terms={Label(key): _term(key, entry, labels[key], tables) for key, entry in common["labels"].items()},
        intents={name: tuple(patterns) for name, patterns in tables.pop("intents").items()},
        tables=_checked(tables),
    )


@cache
def languages() -> tuple[str, ...]:
    """Languages that have a lexicon."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if (folder / "labels.toml").is_file()))


def merged(tables: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables with those of ``over`` laid upon them, key by key at every depth."""
    both = {
        key: merged(tables.get(key, {}), value) if isinstance(value, Mapping) else value for key, value in over.items()
    }
    return {**tables, **both}


def _term(key: str, where: Mapping[str, Any], words: Mapping[str, Any], tables: Mapping[str, Any]) -> Term:
    one = _noun(words["one"], tables["glosses"])
    several = _noun(words["several"], tables["glosses"]) if "several" in words else None
    synonyms = tuple(dict.fromkeys((one.forms["name"], *words["synonyms"])))
    return Term(Label(key), one, several, where["group"], where["place"], where["urgency"], synonyms)


def _noun(entry: Mapping[str, Any], glosses: Mapping[str, str]) -> Noun:
    forms = {name: form for name, form in entry.items() if name not in {"gender", "plural"}}
    glossed = {name: gloss.format(**forms) for name, gloss in glosses.items()}
    return Noun(forms | glossed, entry.get("gender", ""), entry["plural"])


def _checked(tables: dict[str, Any]) -> dict[str, Any]:
    """Fail at load, not in the middle of a report, where a language lacks a zone, a grade, a band or a reason."""
    needed = {
        **{f"places.{kind}": Zone for kind in tables["places"]},
        **tables["bands"],
        "chatcad_grades": Grade,
        "abstentions": Abstention,
        "comparison": Change,
        "measures": tables["measured"].values(),
    }
    missing = [f"{path}.{name}" for path, names in needed.items() for name in names if name not in _at(tables, path)]
    if missing:
        raise LookupError(f"the lexicon lacks {', '.join(missing)}")
    return tables


def _at(tables: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    head, _, rest = path.partition(".")
    found: Mapping[str, Any] = tables[head]
    return _at(found, rest) if rest else found
