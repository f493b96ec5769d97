"""Phrases as data: a small notation, and one automaton that finds all phrases of a lexicon in one pass.

The notation, in words parted by blanks::

    heart size          these words, one after the other
    (right|left) lung   one of several phrases
    small?  (a b)?      this, or nothing
    (small|new)*        up to two of these, or nothing
    opacit[y|ies]       a stem, alone or with one of these parts
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, TypeVar

T = TypeVar("T")
_SYMBOL = re.compile(r"[()|?*]|(?:[^\s()|?*\[\]]|\[[^\]]*\])+")
_PART = re.compile(r"\[([^\]]*)\]|([^\[]+)")
_MOST_REPEATS = 2


class PhraseError(ValueError):
    """A phrase of a lexicon that is not in the notation; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found: its words are ``words[start:end]``, its meanings those of all lexicon entries that have it."""

    start: int
    end: int
    meanings: tuple[T, ...]


@dataclass(slots=True)
class _State(Generic[T]):
    """One state of the automaton as it is built: where a word leads, where one is without a word."""

    words: dict[str, list[int]] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)
    meanings: list[T] = field(default_factory=list)


@dataclass(slots=True)
class _Step(Generic[T]):
    """One state of the automaton as it is used: a set of ``_State``, with the steps found so far."""

    states: frozenset[int]
    meanings: tuple[T, ...]
    next: dict[str, _Step[T] | None] = field(default_factory=dict)


class Automaton(Generic[T]):
    """All phrases of a lexicon, found longest first from left to right, without overlap.

    It is made deterministic step by step, as texts need it; only words of the lexicon are remembered, so that it
    stays as small as the lexicon is.
    """

    def __init__(self) -> None:
        self._states: list[_State[T]] = [_State()]
        self._steps: dict[frozenset[int], _Step[T]] = {}
        self._first: _Step[T] | None = None
        self._words: set[str] = set()

    def add(self, phrase: str, meaning: T) -> None:
        """Add a phrase. Raises PhraseError."""
        symbols = _SYMBOL.findall(phrase)
        end, used = self._choice(symbols, 0, 0, phrase)
        if used != len(symbols) or not symbols:
            raise PhraseError(f"not a phrase: {phrase!r}")
        self._states[end].meanings.append(meaning)
        self._steps.clear()
        self._first = None

    def find(self, words: Sequence[str]) -> Iterator[Match[T]]:
        """Find phrases among lower-case words."""
        if self._first is None:
            self._first = self._step(frozenset({0}))
        start, count, first = 0, len(words), self._first
        while start < count:
            step, position, best = self._follow(first, words[start]), start + 1, None
            while step is not None:
                if step.meanings:
                    best = Match(start, position, step.meanings)
                if position == count:
                    break
                step, position = self._follow(step, words[position]), position + 1
            if best is not None:
                yield best
            start = best.end if best is not None else start + 1

    def _follow(self, step: _Step[T], word: str) -> _Step[T] | None:
        if word in step.next:
            return step.next[word]
        if word not in self._words:
            return None
        reached = {target for state in step.states for target in self._states[state].words.get(word, ())}
        step.next[word] = self._step(frozenset(reached)) if reached else None
        return step.next[word]

    def _step(self, states: frozenset[int]) -> _Step[T]:
        closed, waiting = set(states), list(states)
        while waiting:
            for state in self._states[waiting.pop()].free:
                if state not in closed:
                    closed.add(state)
                    waiting.append(state)
        key = frozenset(closed)
        if key not in self._steps:
            meanings = dict.fromkeys(meaning for state in sorted(key) for meaning in self._states[state].meanings)
            self._steps[key] = _Step(key, tuple(meanings))
        return self._steps[key]

    # --- from the notation to states: each method goes from a state over symbols[at:] to (state, at)

    def _choice(self, symbols: Sequence[str], at: int, start: int, phrase: str) -> tuple[int, int]:
        end, at = self._sequence(symbols, at, start, phrase)
        if at == len(symbols) or symbols[at] != "|":
            return end, at
        joint = self._new()
        self._states[end].free.append(joint)
        while at < len(symbols) and symbols[at] == "|":
            end, at = self._sequence(symbols, at + 1, start, phrase)
            self._states[end].free.append(joint)
        return joint, at

    def _sequence(self, symbols: Sequence[str], at: int, start: int, phrase: str) -> tuple[int, int]:
        while at < len(symbols) and symbols[at] not in {"|", ")"}:
            begin, first = at, self._new()
            self._states[start].free.append(first)
            end, at = self._item(symbols, at, first, phrase)
            mark = symbols[at] if at < len(symbols) else ""
            if mark == "*":
                self._states[first].free.append(end)
                for _ in range(_MOST_REPEATS - 1):
                    again = end
                    end, _ = self._item(symbols, begin, again, phrase)
                    self._states[again].free.append(end)
            elif mark == "?":
                self._states[first].free.append(end)
            start, at = end, at + (mark in {"*", "?"})
        return start, at

    def _item(self, symbols: Sequence[str], at: int, start: int, phrase: str) -> tuple[int, int]:
        if symbols[at] in {"?", "*"}:
            raise PhraseError(f"{symbols[at]} follows nothing in {phrase!r}")
        if symbols[at] != "(":
            return self._word(symbols[at], start), at + 1
        end, at = self._choice(symbols, at + 1, start, phrase)
        if at == len(symbols):
            raise PhraseError(f"no closing parenthesis in {phrase!r}")
        return end, at + 1

    def _word(self, symbol: str, start: int) -> int:
        end = self._new()
        for word in _spellings(symbol):
            self._words.add(word)
            self._states[start].words.setdefault(word, []).append(end)
        return end

    def _new(self) -> int:
        self._states.append(_State())
        return len(self._states) - 1


def _spellings(symbol: str) -> Iterator[str]:
    parts = [[plain] if plain else ["", *choices.split("|")] for choices, plain in _PART.findall(symbol)]
    return ("".join(spelling) for spelling in product(*parts))
