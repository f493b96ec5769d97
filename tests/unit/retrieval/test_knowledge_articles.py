"""The articles of the package: complete, well formed, and no two alike."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from itertools import combinations

import pytest

from models.findings import Label
from service.retrieval.articles import own_articles
from service.retrieval.markdown import Article, Section
from service.verification.sentences import split

ARTICLES = list(own_articles("en"))
PASSAGES = [(article, section) for article in ARTICLES for section in article.sections]
HEADINGS = {"What it is", "On the film", "What mimics it", "What to do next", "Limits"}
KINDS = {"finding", "next", "technique", "measurement", "device", "patients", "system", "wording"}


def words(article: Article) -> int:
    return sum(len(section.text.split()) for section in article.sections)


def shingles(section: Section) -> set[tuple[str, ...]]:
    tokens = section.text.lower().split()
    return set(zip(*(tokens[start:] for start in range(4)), strict=False))


def test_there_are_enough_of_them() -> None:
    assert len(ARTICLES) >= 64


def test_every_file_is_an_article_of_its_name() -> None:
    folder = files("service") / "knowledge" / "en"
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{article.id}.md" for article in ARTICLES)


@pytest.mark.parametrize("label", Label)
def test_every_label_has_its_article_and_one_on_mimics_and_next_steps(label: Label) -> None:
    kinds = Counter(article.kind for article in ARTICLES if article.labels == (label,))
    assert kinds["finding"] == kinds["next"] == 1


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: str(article.id))
def test_an_article_is_short_and_in_known_sections(article: Article) -> None:
    assert 60 <= words(article) <= 300
    assert article.kind in KINDS
    assert {section.heading for section in article.sections} <= HEADINGS
    assert len({section.slug for section in article.sections}) == len(article.sections) >= 2


def test_ids_and_titles_of_passages_are_unique() -> None:
    assert max(Counter((article.title, section.heading) for article, section in PASSAGES).values()) == 1
    assert len({(article.id, section.slug) for article, section in PASSAGES}) == len(PASSAGES)


def test_no_two_passages_are_alike() -> None:
    taken = [(f"{article.id}#{section.slug}", shingles(section)) for article, section in PASSAGES]
    alike = [(one, other) for (one, a), (other, b) in combinations(taken, 2) if len(a & b) > 0.3 * len(a | b)]
    assert not alike


@pytest.mark.parametrize(("article", "section"), PASSAGES, ids=lambda part: str(getattr(part, "id", part)))
def test_a_sentence_can_be_quoted_alone(article: Article, section: Section) -> None:
    sentences = [span.of(section.text) for span in split(section.text)]
    assert all(sentence.endswith((".", ".)")) for sentence in sentences)
    hanging = [
        sentence for sentence in sentences if sentence.split()[0] in {"This", "These", "They", "However,", "Therefore,"}
    ]
    assert [sentence for sentence in hanging if not sentence.startswith(("This system", "These are"))] == [], article.id


def test_no_article_holds_markup_or_a_dose_of_a_drug() -> None:
    text = " ".join(section.text for _, section in PASSAGES)
    assert not set(text) & set("<>[]{}|#*`")
    assert " mg" not in text
