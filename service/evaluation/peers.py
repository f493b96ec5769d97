"""Other people's negation detectors on the same mentions: medspaCy's ConText and negspacy, where they are installed.

Both get our lexicon as it is read: the very same places in the text as entities. What differs is only what they make
of each: whether it is denied, in doubt, of the past. Install them in an environment of their own:
``pip install medspacy negspacy``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from models.findings import Polarity
from service.verification import lexicon as lexicons
from service.verification.claims import Certainty, Claim, Span, Status
from service.verification.mentions import Mention, mentions
from service.verification.sentences import split
from service.verification.words import Build, Words

Foreign = Any  # an object of spaCy, which is seldom installed here and has no types then
Judge = Callable[[Foreign], tuple[Polarity, Status]]


@dataclass(frozen=True, slots=True)
class Target:
    """A mention as a peer gets it: the words that a cue speaks of."""

    span: Span
    mention: Mention


def targets(text: str) -> Iterator[Target]:
    """Give what a text mentions; words that deny by themselves ("clear lungs") are no mention of a finding."""
    lexicon = lexicons.load("en")
    for _, part in lexicon.headings.cut(text):
        for sentence in split(part.of(text)):
            words = Words.of(text, Span(part.start + sentence.start, part.start + sentence.end))
            for mention in mentions(Build.of(words, lexicon)):
                if not mention.denied and mention.observation.name != "normal_film":
                    end = mention.end if mention.anchor == mention.start else mention.anchor + 1
                    yield Target(words.span(mention.anchor, end), mention)


class Peer:
    """A peer as a labeler: from a text to claims."""

    def __init__(self, nlp: Foreign, component: Callable[[Foreign], Foreign], judge: Judge) -> None:
        self._nlp, self._component, self._judge = nlp, component, judge

    def claims(self, text: str) -> list[Claim]:
        """Claims on our mentions, in the peer's judgement."""
        document = self._nlp(text)
        found: dict[tuple[int, int], list[Target]] = {}
        for target in targets(text):
            entity = document.char_span(target.span.start, target.span.end, label="FINDING", alignment_mode="expand")
            found.setdefault((entity.start, entity.end), []).append(target)
        document.ents = _apart([document[start:end] for start, end in found])
        self._component(document)
        return [
            _claim(target, *self._judge(entity))
            for entity in document.ents
            for target in found[entity.start, entity.end]
        ]


def available() -> dict[str, Callable[[], Peer]]:
    """Peers that are installed, by name."""
    known = {"medspacy": ("medspaCy ConText", _context), "negspacy": ("negspacy", _negex)}
    return {name: build for module, (name, build) in known.items() if find_spec(module)}


def _context() -> Peer:
    nlp = _tokenizer()
    return Peer(nlp, import_module("medspacy.context").ConText(nlp, rules="default"), _by_context)


def _negex() -> Peer:
    nlp = _tokenizer()
    terms = import_module("negspacy.termsets").termset("en_clinical").get_patterns()
    negex = import_module("negspacy.negation").Negex(nlp, "negex", terms, ["FINDING"], "negex", [])
    return Peer(nlp, negex, lambda entity: (_polarity(denied=entity._.negex, doubted=False), Status.CURRENT))


def _by_context(entity: Foreign) -> tuple[Polarity, Status]:
    said = entity._
    status = Status.ASKED if said.is_hypothetical or said.is_family else Status.CURRENT
    return _polarity(denied=said.is_negated, doubted=said.is_uncertain), Status.PAST if said.is_historical else status


def _polarity(*, denied: bool, doubted: bool) -> Polarity:
    return Polarity.ABSENT if denied else Polarity.UNCERTAIN if doubted else Polarity.PRESENT


def _tokenizer() -> Foreign:
    nlp = import_module("spacy").blank("en")
    nlp.add_pipe("sentencizer")
    return nlp


def _apart(spans: list[Foreign]) -> Foreign:
    """Entities may not overlap: the longer one stays. Each needs its label: spaCy drops one that has none."""
    entity = import_module("spacy.tokens").Span
    labelled = [entity(span.doc, span.start, span.end, label="FINDING") for span in spans]
    return import_module("spacy.util").filter_spans(labelled)


def _claim(target: Target, polarity: Polarity, status: Status) -> Claim:
    """As our labeler would write it: words that are doubtful by themselves stay so."""
    own = target.mention.certainty
    if polarity is Polarity.PRESENT and own is Certainty.POSSIBLE:
        polarity = Polarity.UNCERTAIN
    observation = target.mention.observation
    certainty = Certainty.POSSIBLE if polarity is Polarity.UNCERTAIN else Certainty.CERTAIN
    return Claim(target.span, observation.name, observation.label, polarity, certainty, status)
