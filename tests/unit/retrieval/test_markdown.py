from __future__ import annotations

import pytest

from models.findings import Label
from service.retrieval.markdown import Article, ArticleError, Section, plain, sections

FRONT = 'id = "mass"\ntitle = "Mass"\nkind = "finding"\nlabels = ["mass"]\nkeywords = ["tumor"]\n'


def test_an_article_is_read() -> None:
    article = Article.parse(f"+++\n{FRONT}+++\n\n## What it is\n\nA mass\nis big.\n\nIt grows.\n\n## Limits\n\nNone.\n")
    assert article == Article(
        "mass",
        "Mass",
        "finding",
        (Label.MASS,),
        ("tumor",),
        (Section("What it is", "A mass is big.\nIt grows."), Section("Limits", "None.")),
    )
    assert [section.slug for section in article.sections] == ["what-it-is", "limits"]


@pytest.mark.parametrize(
    "source",
    [
        "## No front matter\n\nText.",
        "+++\nid = \n+++\nText.",
        f"+++\n{FRONT}".replace('labels = ["mass"]', 'labels = ["cold"]') + "+++\nText.",
        "+++\n" + FRONT.replace('labels = ["mass"]\n', "") + "+++\nText.",
        f"+++\n{FRONT}author = 'X'\n+++\nText.",
    ],
    ids=["no front", "no TOML", "unknown label", "incomplete", "too much"],
)
def test_what_is_no_article_is_refused(source: str) -> None:
    with pytest.raises(ArticleError):
        Article.parse(source)


def test_marks_of_markdown_are_taken_off_and_the_words_left() -> None:
    assert plain("- **Bold** and _soft_ `code`\n- see [the guide](x.html), 3 * 4, snake_case") == (
        "Bold and soft code see the guide, 3 * 4, snake_case"
    )


def test_text_before_the_first_heading_and_empty_parts() -> None:
    found = list(sections("Intro.\n\n# Empty\n\n# Full ##\n\nText."))
    assert found == [Section("", "Intro."), Section("Full", "Text.")]
