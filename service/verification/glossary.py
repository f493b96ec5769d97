"""What our own words for patients mean ("a hernia (a bulge through a gap)"): explanations of a word, no claims."""

from __future__ import annotations

import re
from functools import cache

from prompts import lexicons


def without_meanings(text: str, language: str) -> str:
    """Return the text with blanks for the explanations that stand in parentheses, of the same length."""
    return _pattern(language).sub(lambda found: " " * len(found[0]), text)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    terms = lexicons.load(language).terms.values()
    nouns = (noun for term in terms for noun in (term.one, term.several) if noun)
    said = {(noun.forms["plain"], noun.forms.get("meaning", "")) for noun in nouns if "plain" in noun.forms}
    texts = {text for plain, meaning in said for text in (plain, f"{plain}, {meaning}")}
    return re.compile("|".join(re.escape(f"({text})") for text in sorted(texts, key=len, reverse=True)))
