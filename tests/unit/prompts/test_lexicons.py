from __future__ import annotations

import pytest

from models.findings import Label
from prompts.lexicons import UnknownLanguageError, languages, load


@pytest.mark.parametrize("language", languages())
def test_every_label_has_a_term_and_every_term_a_group(language: str) -> None:
    lexicon = load(language)
    assert set(lexicon.terms) == set(Label)
    assert {term.group for term in lexicon.terms.values()} == {*lexicon.tables["groups"], "overall"}


@pytest.mark.parametrize("language", languages())
def test_no_name_means_two_labels(language: str) -> None:
    names = [name.lower() for term in load(language).terms.values() for name in term.synonyms]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("table", ["present", "absent"])
def test_bands_fall_from_strong_to_weak_and_reach_zero(language: str, table: str) -> None:
    lower_bounds = [band["min"] for band in load(language).tables[table]]
    assert lower_bounds == sorted(lower_bounds, reverse=True)
    assert lower_bounds[-1] == 0


@pytest.mark.parametrize(
    ("items", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")],
)
def test_lists(items: tuple[str, ...], text: str) -> None:
    assert load("en").listed(items, "or") == text


@pytest.mark.parametrize("language", ["", "EN", "..", "../lexicon/en", "en/labels.toml"])
def test_only_a_language_there_is(language: str) -> None:
    with pytest.raises(UnknownLanguageError):
        load(language)


def test_the_version_names_language_numbers_and_content() -> None:
    assert load("en").version.startswith("lexicon/en@1.2.2+")
