"""Cut a text into passages of a bounded length, where paragraphs end or, in a long one, where sentences do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.verification.sentences import split

MOST_WORDS = 200


def pieces(text: str, most: int = MOST_WORDS) -> Iterator[str]:
    """Cut a text whose lines are paragraphs: as few pieces as hold at most ``most`` words each, in order."""
    taken: list[str] = []
    for part in _parts(text, most):
        if taken and _words([*taken, part]) > most:
            yield " ".join(taken)
            taken = []
        taken.append(part)
    if taken:
        yield " ".join(taken)


def _parts(text: str, most: int) -> Iterator[str]:
    for paragraph in filter(str.strip, text.splitlines()):
        if _words([paragraph]) <= most:
            yield paragraph
            continue
        for span in split(paragraph):
            words = span.of(paragraph).split()
            yield from (" ".join(words[start : start + most]) for start in range(0, len(words), most))


def _words(parts: Iterable[str]) -> int:
    return sum(len(part.split()) for part in parts)
