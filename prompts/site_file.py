"""Read a site's TOML file of its own words, and say everything that is wrong with it at once."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from models.findings import Label
from prompts import lexicons
from prompts.lexicons import Lexicon
from prompts.site import Normal, Site, Words

_FIELD = re.compile(r"(\w+)(?:\[\w+\])?")


class SiteError(ValueError):
    """A site's file cannot be used; the message names the file and everything that is wrong in it."""


def load_site(path: Path) -> Site:
    """Read a site's file. Raises SiteError, also where it cannot be read.

    One table a language: ``[en.headings]`` and ``[en.phrases.*]`` change keys of ``phrases.toml`` and keep the fields
    that these must fill, ``en.technique`` is a list of sentences, ``[en.normal]`` holds ``findings`` and
    ``impression``, with no field but ``{findings}``.
    """
    try:
        content = path.read_bytes()
        parsed = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SiteError(f"{path}: {error}") from error
    problems = [problem for language, entry in parsed.items() for problem in _problems(language, entry)]
    if problems:
        raise SiteError(f"{path}: {'; '.join(problems)}")
    version = f"site@{hashlib.sha256(content).hexdigest()[:12]}"
    return Site(version, {language: _words(entry) for language, entry in parsed.items()})


def _words(entry: Mapping[str, Any]) -> Words:
    headings = {"headings": entry["headings"]} if "headings" in entry else {}
    normal = Normal(**entry["normal"]) if "normal" in entry else None
    return Words({**entry.get("phrases", {}), **headings}, tuple(entry.get("technique", ())), normal)


def _problems(language: str, entry: object) -> Iterator[str]:
    if language not in lexicons.languages():
        yield f"there is no language {language!r}, but {', '.join(lexicons.languages())}"
    elif not isinstance(entry, dict):
        yield f"{language} is no table"
    else:
        yield from (
            f"{language}.{key} is unknown: there are {', '.join(_CHECKS)}" for key in entry if key not in _CHECKS
        )
        for part, find in _CHECKS.items():
            found = find(entry[part], lexicons.load(language)) if part in entry else ()
            yield from (f"{language}.{problem}" for problem in found)


def _headings(own: object, lexicon: Lexicon) -> Iterator[str]:
    yield from _overrides(own, lexicon.tables["headings"], lexicon, ("headings",))


def _phrases(own: object, lexicon: Lexicon) -> Iterator[str]:
    yield from _overrides(own, lexicon.tables, lexicon, ())


def _overrides(own: object, known: Mapping[str, Any], lexicon: Lexicon, above: Sequence[str]) -> Iterator[str]:
    """Compare a site's phrases with those there are, table by table."""
    if not isinstance(own, Mapping):
        yield f"{'.'.join(above) or 'phrases'} is no table"
        return
    for key, value in own.items():
        path = ".".join((*above, key))
        there = known.get(key)
        if isinstance(there, Mapping):
            yield from _overrides(value, there, lexicon, (*above, key))
        elif not isinstance(there, str):
            yield f"{path} is no phrase of {lexicon.language}/phrases.toml"
        elif not isinstance(value, str) or not value:
            yield f"{path} is no text"
        else:
            yield from (f"{path} {problem}" for problem in _fields(value, there, lexicon))


def _fields(own: str, there: str, lexicon: Lexicon) -> Iterator[str]:
    """Compare the fields of a phrase: nouns and what agrees with them may change their form, all else must stay."""
    try:
        used, wanted = (_names(text) for text in (own, there))
    except ValueError as error:
        yield f"cannot be read: {error}"
        return
    nouns, agreeing = _nouns(lexicon), {"first", "last", *lexicon.tables["agreement"]["plural"]}
    needed = wanted - nouns - agreeing
    free = nouns | agreeing if wanted & nouns else set()
    for name in sorted(used - needed - free):
        yield f"has an unknown field {{{name}}}"
    for name in sorted(needed - used):
        yield f"lacks the field {{{name}}}"
    if wanted & nouns and not used & nouns:
        yield "names no finding"


def _names(text: str) -> set[str]:
    fields = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    matches = [_FIELD.fullmatch(name) for name in fields]
    if not all(matches):
        raise ValueError(f"a field is a name in braces, not {fields}")
    return {match[1] for match in matches if match}


def _nouns(lexicon: Lexicon) -> set[str]:
    forms = set.intersection(*(set(lexicon.terms[label].one.forms) for label in Label))
    joined = {f"{form}_{conjunction}" for form in forms for conjunction in lexicon.tables["lists"]}
    return forms | joined


def _technique(sentences: object, _: Lexicon) -> Iterator[str]:
    if not isinstance(sentences, list) or not all(isinstance(text, str) and text.strip() for text in sentences):
        yield "technique is no list of sentences"


def _normal(entry: object, _: Lexicon) -> Iterator[str]:
    if not isinstance(entry, dict) or set(entry) != {"findings", "impression"}:
        yield "normal needs the texts findings and impression, and nothing else"
        return
    for key, text in entry.items():
        try:
            fields = _names(text) if isinstance(text, str) and text.strip() else None
        except ValueError as error:
            yield f"normal.{key} cannot be read: {error}"
            continue
        if fields is None:
            yield f"normal.{key} is no text"
        elif fields - {"findings"}:
            yield f"normal.{key} has a field other than {{findings}}"


_CHECKS: dict[str, Callable[[object, Lexicon], Iterator[str]]] = {
    "headings": _headings,
    "phrases": _phrases,
    "technique": _technique,
    "normal": _normal,
}
