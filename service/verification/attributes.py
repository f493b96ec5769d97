"""Which mention the words about side, place, amount, age and change belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from models.findings import Change
from service.verification.claims import Acuity, Height, Severity, Side
from service.verification.lexicon import Attribute, Value
from service.verification.mentions import Mention
from service.verification.phrases import Match
from service.verification.words import Build

_PREPOSITIONS = frozenset({"in", "at", "on", "within", "of", "involving", "overlying", "along", "throughout"})
V = TypeVar("V", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is said of a mention; None where nothing is."""

    side: Side | None = None
    height: Height | None = None
    severity: Severity | None = None
    acuity: Acuity | None = None
    change: Change | None = None

    @classmethod
    def merged(cls, values: Sequence[Value]) -> Attributes:
        """Both sides are bilateral; of two heights none is said of the whole; of amounts the greatest counts."""
        sides, heights = _of(values, Side), _of(values, Height)
        severities, acuities, changes = _of(values, Severity), _of(values, Acuity), _of(values, Change)
        return cls(
            side=(sides[0] if len(sides) == 1 else Side.BILATERAL) if sides else None,
            height=heights[0] if len(heights) == 1 else None,
            severity=max(severities, key=list(Severity).index, default=None),
            acuity=next(iter(acuities), None),
            change=next(iter(changes), None),
        )


def attributes(build: Build, found: Sequence[Mention]) -> list[Attributes]:
    """Give the attributes of each mention."""
    own = [
        Attributes.merged(
            [
                meaning.value
                for match in build.attributes
                if start <= match.start < end or _inside(match, mention)
                for meaning in match.meanings
            ]
        )
        for mention, (start, end) in zip(found, _windows(build, found), strict=True)
    ]
    return _shared(build, found, own)


def _of(values: Sequence[Value], kind: type[V]) -> list[V]:
    return list(dict.fromkeys(value for value in values if isinstance(value, kind)))


def _inside(match: Match[Attribute], mention: Mention) -> bool:
    return mention.start <= match.start < mention.end


def _windows(build: Build, found: Sequence[Mention]) -> list[tuple[int, int]]:
    """Cut the sentence between neighbouring mentions: each gets the words that are nearer in build.

    Two observations of the same words ("hydropneumothorax") share them.
    """
    spans = list(dict.fromkeys((mention.start, mention.end) for mention in found))
    between = [_cut(build, one_end, max(other_start, one_end)) for (_, one_end), (other_start, _) in pairwise(spans)]
    windows = dict(zip(spans, pairwise([0, *between, len(build.words)]), strict=True))
    return [windows[mention.start, mention.end] for mention in found]


def _cut(build: Build, start: int, end: int) -> int:
    """Where, between two mentions, the words of the second begin: after the last join or stop, else after a place."""
    places = [build.joins.get(place) or (place if place in build.stops else None) for place in range(start, end)]
    last = max((place for place in places if place is not None), default=None)
    if last is not None:
        return last
    return end if any(word in _PREPOSITIONS for word in build.words.texts[start:end]) else start


def _shared(build: Build, found: Sequence[Mention], own: list[Attributes]) -> list[Attributes]:
    """Give a list the place that is said at its end: "atelectasis and effusion at the left base" speaks of both."""
    shared = list(own)
    for index in range(len(found) - 2, -1, -1):
        one, other = found[index], found[index + 1]
        bare = own[index].side is None and own[index].height is None
        if bare and _listed(build, one.end, other.start) and _trailing(build, other):
            place = shared[index + 1]
            shared[index] = replace(shared[index], side=place.side, height=place.height)
    return shared


def _listed(build: Build, start: int, end: int) -> bool:
    """Whether only a join stands between two mentions."""
    places = range(start, end)
    return any(place in build.joins for place in places) and not any(
        place in build.verbs or place in build.stops for place in places
    )


def _trailing(build: Build, mention: Mention) -> bool:
    """Whether no place stands right before the mention, so that one it has was said after it."""
    return not any(
        mention.start - 1 <= match.end <= mention.start
        and any(isinstance(each.value, Side | Height) for each in match.meanings)
        for match in build.attributes
    )
