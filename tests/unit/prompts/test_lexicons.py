from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

import pytest

from models.findings import Label, Zone
from prompts.audience import Audience
from prompts.lexicons import Lexicon, UnknownLanguageError, languages, load

OTHERS = tuple(language for language in languages() if language != "en")
GRAMMAR = {"words", "lists", "euphony", "agreement", "glosses", "reading"}


def leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry of nested tables, by its dotted path."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def phrases(language: str, audience: Audience = Audience.CLINICIAN) -> dict[str, str]:
    tables = {name: table for name, table in load(language, audience).tables.items() if name not in GRAMMAR}
    return {path: value for path, value in leaves(tables) if isinstance(value, str)}


def fields(text: str, lexicon: Lexicon) -> set[str]:
    """Fields of a phrase without nouns and what agrees with them, which are a language's own."""
    forms = set(lexicon.terms[Label.MASS].one.forms)
    nouns = forms | {f"{form}_{conjunction}" for form in forms for conjunction in lexicon.tables["lists"]}
    agreeing = {"first", "last", *lexicon.tables["agreement"]["plural"]}
    names = {name.partition("[")[0] for _, name, _, _ in Formatter().parse(text) if name}
    return names - nouns - agreeing


def test_there_are_five_languages() -> None:
    assert languages() == ("de", "en", "es", "fr", "zh")


@pytest.mark.parametrize("language", languages())
def test_every_label_has_a_term_and_every_term_a_group(language: str) -> None:
    lexicon = load(language)
    assert set(lexicon.terms) == set(Label)
    assert {term.group for term in lexicon.terms.values()} == {*lexicon.tables["groups"], "overall"}


@pytest.mark.parametrize("language", languages())
def test_every_noun_has_the_same_forms(language: str) -> None:
    terms = load(language).terms.values()
    nouns = [noun for term in terms for noun in (term.one, term.several) if noun]
    assert {frozenset(noun.forms) for noun in nouns} == {frozenset(nouns[0].forms)}
    assert all(form.strip() == form and form for noun in nouns for form in noun.forms.values())


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_all_that_english_says(language: str, audience: Audience) -> None:
    ours, english = phrases(language, audience), phrases("en", audience)
    assert set(ours) == set(english)
    lexicon = load(language, audience)
    changed = {path for path, text in english.items() if fields(text, load("en")) != fields(ours[path], lexicon)}
    # The order of urgency and the like stand without the verb in some languages; only nouns may differ.
    assert changed == set()


@pytest.mark.parametrize("language", languages())
def test_no_name_means_two_labels(language: str) -> None:
    names = [name.lower() for term in load(language).terms.values() for name in term.synonyms]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("table", ["present", "absent"])
def test_bands_fall_from_strong_to_weak_and_reach_zero(language: str, table: str) -> None:
    lower_bounds = list(load(language).tables["bands"][table].values())
    assert lower_bounds == sorted(lower_bounds, reverse=True)
    assert lower_bounds[-1] == 0


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", languages())
def test_every_wording_can_be_said_of_every_label_and_place(language: str, audience: Audience) -> None:
    lexicon = load(language, audience)
    wordings = [text for path, text in phrases(language, audience).items() if path.startswith(("present", "uncertain"))]
    for wording in wordings:
        for label in Label:
            for zone in (None, *Zone):
                text = lexicon.phrase(wording, [label], zone)
                assert "  " not in text
                assert " ." not in text
                assert not set("{}[]") & set(text)


@pytest.mark.parametrize(
    ("language", "conjunction", "items", "text"),
    [
        ("en", "or", (), ""),
        ("en", "or", ("a",), "a"),
        ("en", "or", ("a", "b"), "a or b"),
        ("en", "or", ("a", "b", "c"), "a, b or c"),
        ("de", "and", ("a", "b", "c"), "a, b und c"),
        ("fr", "nor", ("d'œdème", "de masse", "de nodule"), "d'œdème, de masse ni de nodule"),
        ("es", "and", ("masa", "nódulo"), "masa y nódulo"),
        ("es", "and", ("masa", "infiltrado"), "masa e infiltrado"),
        ("es", "and", ("masa", "hiato"), "masa y hiato"),
        ("es", "or", ("masa", "opacidad"), "masa u opacidad"),
        ("es", "or", ("masa", "hernia"), "masa o hernia"),
        ("zh", "or", ("甲", "乙", "丙"), "甲、乙或丙"),
    ],
)
def test_lists(language: str, conjunction: str, items: tuple[str, ...], text: str) -> None:
    assert load(language).listed(items, conjunction) == text


@pytest.mark.parametrize("language", ["", "EN", "..", "../lexicon/en", "en/labels.toml", "common.toml"])
def test_only_a_language_there_is(language: str) -> None:
    with pytest.raises(UnknownLanguageError):
        load(language)


def test_the_version_names_language_numbers_and_content() -> None:
    assert load("en").version.startswith("lexicon/en@1.2.3.1.5+")
    assert load("de").version.startswith("lexicon/de@1.1.1.1.2+")
