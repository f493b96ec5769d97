"""How far a cue reaches, and what the cues that reach a mention make of it.

After NegEx and ConText (Chapman et al. 2001; Harkema et al. 2009): a cue speaks of what follows, or precedes it, as far
as the next stop or the next cue. Ours also sees where a list ends and a new statement begins: "no effusion or edema,
and the heart is enlarged".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.findings import Change, Polarity
from service.verification.claims import Certainty, Status
from service.verification.lexicon import Cue, Direction, Quality, Structure
from service.verification.mentions import Mention
from service.verification.words import Build

# Words that may stand between a join and the structure that the next statement is about: "and the visualized heart".
_LEAD = 2
_WEAKNESS = list(Certainty)
_DOUBT = frozenset({Certainty.ALTERNATIVE, Certainty.POSSIBLE})


@dataclass(frozen=True, slots=True)
class Sense:
    """What the cues make of a mention; ``cues`` are the word positions of those that had a say."""

    polarity: Polarity
    certainty: Certainty
    status: Status
    change: Change | None
    cues: tuple[tuple[int, int], ...]


def senses(build: Build, found: Sequence[Mention], asserting: frozenset[str]) -> list[Sense]:
    """Give the sense of each mention."""
    starts = _statements(build, found, asserting)
    reaches = [(begin, end, cue, _reach(build, begin, end, cue, starts)) for begin, end, cue in build.cues]
    heard = [
        [
            (begin, end, cue)
            for begin, end, cue, reach in reaches
            if mention.anchor in reach and not _holds(mention, begin, end)
        ]
        for mention in found
    ]
    doubted = _alternatives(build, found, heard)
    return [
        _sense(mention, cues, index in doubted) for index, (mention, cues) in enumerate(zip(found, heard, strict=True))
    ]


def _holds(mention: Mention, begin: int, end: int) -> bool:
    """Whether the cue is a part of the observation's own words."""
    return mention.anchor == mention.start and mention.start <= begin and end <= mention.end


def _reach(build: Build, begin: int, end: int, cue: Cue, starts: Sequence[int]) -> range:
    """Word positions that a cue speaks of."""
    if cue.direction is Direction.BACKWARD:
        bounds = [stop_end for stop_end in build.stops.values() if stop_end <= begin]
        bounds += [start for start in starts if start <= begin]
        return range(max(bounds, default=0), begin)
    limits = [stop for stop in build.stops if stop >= end]
    limits += [start for start in starts if start >= end]
    limits += [other for other, _, rival in build.cues if other > end and rival.direction is Direction.FORWARD]
    return range(begin + 1, min(limits, default=len(build.words)))


def _statements(build: Build, found: Sequence[Mention], asserting: frozenset[str]) -> list[int]:
    """Positions after a join at which a new statement begins."""
    edges = sorted({*build.joins, *build.stops, len(build.words)})
    starts: list[int] = []
    left = 0
    for join in sorted(build.joins):
        start = build.joins[join]
        left = max([left, *(end for end in build.stops.values() if end <= join)])
        if build.words.texts[join] in {"or", "/"} or not any(left <= mention.anchor < join for mention in found):
            continue
        right = next(edge for edge in edges if edge >= start)
        if _begins(build, (left, join), (start, right), asserting):
            starts.append(start)
            left = start
    return starts


def _begins(build: Build, left: tuple[int, int], right: tuple[int, int], asserting: frozenset[str]) -> bool:
    start, end = right
    if start < len(build.words) and build.words.texts[start] in asserting:
        return True
    predicate = any(start <= verb < end for verb in build.verbs) or _has_cue(build, right, Direction.BACKWARD)
    if _structure_leads(build, start) and (predicate or _has_quality(build, right)):
        return True
    told = any(left[0] <= place < left[1] for place in (*build.verbs, *build.neutral, *(cue[0] for cue in build.cues)))
    return predicate and told


def _has_cue(build: Build, part: tuple[int, int], direction: Direction) -> bool:
    return any(part[0] <= begin < part[1] and cue.direction is direction for begin, _, cue in build.cues)


def _structure_leads(build: Build, start: int) -> bool:
    first = next((match for match in build.findings if match.start >= start), None)
    return (
        first is not None
        and first.start <= start + _LEAD
        and any(isinstance(meaning, Structure) for meaning in first.meanings)
    )


def _has_quality(build: Build, part: tuple[int, int]) -> bool:
    return any(
        part[0] <= match.start < part[1] and any(isinstance(meaning, Quality) for meaning in match.meanings)
        for match in build.findings
    )


def _alternatives(build: Build, found: Sequence[Mention], heard: Sequence[Sequence[tuple[int, int, Cue]]]) -> set[int]:
    """Mentions that are one of two possibilities: "scar or atelectasis", where nothing denies them."""
    doubted: set[int] = set()
    for index in range(len(found) - 1):
        one, other = found[index], found[index + 1]
        between = range(one.end, other.start)
        offered = any(place in build.alternatives for place in between)
        if offered and not one.denied and not other.denied and not build.parts(one.end, other.start):
            doubted |= {index, index + 1}
    return {index for index in doubted if not any(cue.polarity is Polarity.ABSENT for _, _, cue in heard[index])}


def _sense(mention: Mention, cues: Sequence[tuple[int, int, Cue]], doubted: bool) -> Sense:
    said = {cue.polarity for _, _, cue in cues}
    hedges = [cue.certainty for _, _, cue in cues] + [mention.certainty] + [Certainty.ALTERNATIVE] * doubted
    certainty = max(hedges, key=_WEAKNESS.index)
    if mention.denied:
        polarity = Polarity.UNCERTAIN if _turned(mention, cues) else Polarity.ABSENT
    elif Polarity.ABSENT in said:
        polarity = Polarity.ABSENT
    else:
        polarity = Polarity.UNCERTAIN if certainty in _DOUBT else Polarity.PRESENT
    return Sense(
        polarity=polarity,
        certainty=_fitting(polarity, certainty),
        status=next((cue.status for _, _, cue in cues if cue.status is not Status.CURRENT), Status.CURRENT),
        change=next((cue.change for _, _, cue in cues if cue.change), None),
        cues=tuple((begin, end) for begin, end, _ in cues),
    )


def _turned(mention: Mention, cues: Sequence[tuple[int, int, Cue]]) -> bool:
    """Whether a denial stands right before the reassuring word: "the lungs are not entirely clear"."""
    return any(cue.polarity is Polarity.ABSENT and 0 <= mention.anchor - end <= 1 for _, end, cue in cues)


def _fitting(polarity: Polarity, certainty: Certainty) -> Certainty:
    """Fit certainty to polarity: a doubtful denial is a likely absence, an open question is possible."""
    if polarity is Polarity.UNCERTAIN:
        return certainty if certainty in _DOUBT else Certainty.POSSIBLE
    most = Certainty.SUGGESTED if polarity is Polarity.PRESENT else Certainty.LIKELY
    return min(certainty, most, key=_WEAKNESS.index)
