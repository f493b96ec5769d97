"""What a reasoning model thinks aloud, ``<think>...</think>`` within its text, is not part of its answer."""

from __future__ import annotations

import re

_OPEN, _CLOSE = "<think>", "</think>"


class Thoughts:
    """Takes a text piece by piece and gives back what is said; a tag may be cut in two anywhere."""

    def __init__(self) -> None:
        self._thinking = False
        self._thought = False
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what the piece says; its end is held back where it may be the beginning of a tag."""
        text, said = self._held + piece, ""
        while (found := re.search(self._awaited, text, re.IGNORECASE)) is not None:
            said += self._heard(text[: found.start()])
            text = text[found.end() :]
            self._thinking = not self._thinking
            self._thought = True
        kept = _beginning(self._awaited, text)
        self._held = text[len(text) - kept :]
        return said + self._heard(text[: len(text) - kept])

    def end(self) -> str:
        """Return what was held back and turned out to be no tag."""
        held, self._held = self._held, ""
        return self._heard(held)

    @property
    def _awaited(self) -> str:
        return _CLOSE if self._thinking else _OPEN

    def _heard(self, text: str) -> str:
        if self._thinking:
            return ""
        if self._thought:  # the blank lines between a thought and what is said
            text = text.lstrip()
            self._thought = not text
        return text


def _beginning(tag: str, text: str) -> int:
    """Return the length of the longest end of the text that begins the tag."""
    text = text.lower()
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)
