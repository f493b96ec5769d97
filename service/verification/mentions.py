"""What a sentence speaks of: observations by name, and structures with a quality ("the heart is enlarged")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.verification.claims import Certainty, Severity
from service.verification.lexicon import Named, Observation, Quality, Structure
from service.verification.phrases import Match
from service.verification.words import Build

# Words that may stand between a quality and the structure it belongs to: "enlargement of the cardiac silhouette".
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """An observation in ``texts[start:end]``.

    A cue speaks of it when it reaches ``anchor``: the word of the quality, or ``start``. ``denied`` where a reassuring
    quality says that it is not there.
    """

    start: int
    end: int
    anchor: int
    observation: Observation
    certainty: Certainty
    severity: Severity | None = None
    denied: bool = False


def mentions(build: Build) -> list[Mention]:
    """All mentions of a sentence, in its order."""
    found: list[Mention] = []
    for index, match in enumerate(build.findings):
        for meaning in match.meanings:
            if isinstance(meaning, Observation):
                found.append(Mention(match.start, match.end, match.start, meaning, meaning.certainty))
            elif isinstance(meaning, Quality):
                found.extend(_qualified(build, index, meaning))
    return sorted(dict.fromkeys(found), key=lambda mention: (mention.anchor, mention.start))


def _qualified(build: Build, index: int, quality: Quality) -> Iterator[Mention]:
    """Mentions that a quality makes with the structures it belongs to."""
    word = build.findings[index]
    for match in _following(build, index) or _preceding(build, index, quality):
        for structure in (meaning for meaning in match.meanings if isinstance(meaning, Structure)):
            rules = structure.denies if quality.reassuring or quality.name in structure.denies else structure.means
            for observation in rules.get(quality.name, ()):
                yield Mention(
                    start=min(word.start, match.start),
                    end=max(word.end, match.end),
                    anchor=word.start,
                    observation=observation,
                    certainty=_weaker(quality.certainty, observation.certainty),
                    severity=quality.severity,
                    denied=rules is structure.denies,
                )


def _following(build: Build, index: int) -> list[Match[Named]]:
    """Structures that a quality stands before, with those joined to the first: "normal heart and mediastinum"."""
    word, after = build.findings[index], build.findings[index + 1 :]
    if not after or not _is(after[0], Structure) or after[0].start - word.end > _NEAR:
        return []
    if not build.plain(word.end, after[0].start):
        return []
    group = [after[0]]
    for match in after[1:]:
        if not _is(match, Structure) or not _joined(build, group[-1], match):
            break
        group.append(match)
    return group


def _preceding(build: Build, index: int, quality: Quality) -> list[Match[Named]]:
    """Structures that a quality stands after, with those joined to the last: "heart and mediastinum are normal"."""
    if not quality.reassuring and _belongs_to_next(build, index):
        return []
    word, before = build.findings[index], build.findings[:index]
    while before and not _is(before[-1], Structure):
        if _is(before[-1], Observation):
            return []
        before = before[:-1]
    if not before or build.parts(before[-1].end, word.start):
        return []
    group = [before[-1]]
    for match in reversed(before[:-1]):
        if not _is(match, Structure) or not _joined(build, match, group[-1]):
            break
        group.append(match)
    return group


def _belongs_to_next(build: Build, index: int) -> bool:
    """Whether the quality stands right before an observation: "the lungs show a prominent opacity"."""
    if index + 1 == len(build.findings):
        return False
    word, after = build.findings[index : index + 2]
    return _is(after, Observation) and after.start - word.end <= 1 and build.plain(word.end, after.start)


def _joined(build: Build, one: Match[Named], other: Match[Named]) -> bool:
    """Whether two structures stand in one list: something joins them, and no verb or stop comes between."""
    between = range(one.end, other.start)
    return any(place in build.joins for place in between) and not any(
        place in build.verbs or place in build.stops for place in between
    )


def _is(match: Match[Named], kind: type) -> bool:
    return any(isinstance(meaning, kind) for meaning in match.meanings)


def _weaker(one: Certainty, other: Certainty) -> Certainty:
    order = list(Certainty)
    return max(one, other, key=order.index)
