"""One sentence as words, and how it is built: joins, verbs, stops and cues by position."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from models.findings import Change
from service.verification.claims import Span
from service.verification.lexicon import Attribute, Cue, Lexicon, Mark, Named, Observation
from service.verification.phrases import Match

# A hyphen parts words as a blank does: "air-space" is "air space".
_WORD = re.compile(r"[a-z0-9]+(?:\.\d+)?(?:['\u2019][a-z]+)?|[,;:()/]")
_STOPS = frozenset({";", ":", "(", ")"})


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence's words in lower case, and the place of each in the text."""

    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str, span: Span) -> Words:
        """Words of one sentence of a text."""
        # lower() may change the length of a text; letters that do so are no part of any lexicon.
        sentence = text[span.start : span.end]
        lowered = sentence.lower()
        if len(lowered) != len(sentence):
            lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in sentence)
        found = list(_WORD.finditer(lowered))
        spans = tuple((word.start() + span.start, word.end() + span.start) for word in found)
        return cls(tuple(word[0].replace("\u2019", "'") for word in found), spans)

    def span(self, start: int, end: int) -> Span:
        """Place in the text of ``texts[start:end]``."""
        return Span(self.spans[start][0], self.spans[end - 1][1])

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(slots=True)
class Build:
    """How a sentence is built, by word position.

    ``joins`` and ``stops`` map where each begins to where it ends; ``attributes`` and ``findings`` are the phrases
    found there. Cues inside the words of a finding ("no acute disease") or of a change ("no significant change")
    are part of those and turn nothing.
    """

    words: Words
    findings: list[Match[Named]]
    attributes: list[Match[Attribute]]
    cues: list[tuple[int, int, Cue]] = field(default_factory=list)
    joins: dict[int, int] = field(default_factory=dict)
    alternatives: set[int] = field(default_factory=set)
    stops: dict[int, int] = field(default_factory=dict)
    verbs: set[int] = field(default_factory=set)
    neutral: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, words: Words, lexicon: Lexicon) -> Build:
        """Find the phrases of each layer."""
        findings = list(lexicon.findings.find(words.texts))
        attributes = list(lexicon.attributes.find(words.texts))
        build = cls(words, findings, attributes)
        covered = {place for match in findings if _whole(match) for place in range(match.start, match.end)}
        covered |= {place for match in attributes if _is_change(match) for place in range(match.start, match.end)}
        for match in lexicon.build.find(words.texts):
            if not covered.issuperset(range(match.start, match.end)):
                build._add(match)
        build.stops |= {place: place + 1 for place, word in enumerate(words.texts) if word in _STOPS}
        return build

    def parts(self, start: int, end: int) -> bool:
        """Whether something in ``texts[start:end]`` parts two statements."""
        return any(start <= stop < end for stop in self.stops)

    def plain(self, start: int, end: int) -> bool:
        """Whether ``texts[start:end]`` holds neither join nor verb nor stop."""
        return not any(place in self.joins or place in self.verbs or place in self.stops for place in range(start, end))

    def _add(self, match: Match[Cue | Mark]) -> None:
        for meaning in match.meanings:
            if isinstance(meaning, Cue):
                self.cues.append((match.start, match.end, meaning))
            elif meaning is Mark.STOP:
                self.stops[match.start] = match.end
            elif meaning is Mark.VERB:
                self.verbs.add(match.start)
            elif meaning is Mark.NEUTRAL:
                self.neutral.add(match.start)
            elif meaning is Mark.JOIN:
                self.joins[match.start] = match.end
            elif meaning is Mark.ALTERNATIVE:
                self.alternatives.add(match.start)


def _whole(match: Match[Named]) -> bool:
    """Whether a finding's words mean nothing apart; a quality of one word may be a cue as well ("borderline")."""
    return match.end - match.start > 1 or any(isinstance(meaning, Observation) for meaning in match.meanings)


def _is_change(match: Match[Attribute]) -> bool:
    return any(isinstance(meaning.value, Change) for meaning in match.meanings)
