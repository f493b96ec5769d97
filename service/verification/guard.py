"""The guard: every sentence of a text against what was found and said. Pure: the same text, the same verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from models.findings import Label, Polarity
from prompts.answer import answer
from prompts.audience import Audience
from prompts.facts import Passage
from prompts.lexicons import load
from prompts.narrate import by_urgency, narrate
from prompts.questions import understand
from service.domain.verification import CheckedClaim, CheckedSentence, Omission, Standing, Verification
from service.verification import lexicon as lexicons
from service.verification import tongue as tongues
from service.verification.claims import Claim, Sentence, Side
from service.verification.clauses import clauses
from service.verification.foreign import check_foreign
from service.verification.glossary import without_meanings
from service.verification.grounds import Grounds, Ledger
from service.verification.inventions import parts
from service.verification.knowledge import blanked, cited, covering, quoting, with_citations
from service.verification.labeler import read
from service.verification.reading import Part, Reading
from service.verification.rulings import GRAVITY, Ruling, judge, unsupported
from service.verification.sentences import split
from service.verification.tongue import Tongue
from service.verification.words import Words

_FRAGMENT = 8
"""Words up to which a sentence without a verb is a finding."""
_INTRODUCED = 2
"""Words between "the" and the finding that it introduces, at most one and the finding itself: "the right lung"."""
ANSWER = "answer"
"""The one section of a chat's answer, which owes no more than what was asked for."""


def check(sections: Mapping[str, str], grounds: Grounds) -> Verification:
    """Judge every sentence of these sections, by name, and find what all of them together leave out."""
    language = grounds.facts.language
    if language not in lexicons.languages():
        return check_foreign(sections, grounds)
    ledger = Ledger(grounds)
    own = _own(grounds)
    read_sections = {name: _read(text, language) for name, text in sections.items()}
    sentences = tuple(
        judged for name, found in read_sections.items() for judged in _judged(name, sections[name], found, ledger, own)
    )
    wrong = {
        (each.section, claim.start, claim.label)
        for each in sentences
        for claim in each.claims
        if claim.verdict is not Standing.SUPPORTED
    }
    said = {
        claim.label
        for name, found in read_sections.items()
        for sentence in found
        for claim in sentence.claims
        if claim.asserted and (name, claim.span.start, claim.label) not in wrong
    }
    asked = _asked(ledger) if ANSWER in sections else None
    omissions = (each for each in _omissions(said, ledger) if asked is None or each.label in asked)
    return Verification(sentences, tuple(omissions))


def _asked(ledger: Ledger) -> frozenset[str]:
    """Return what the answer to a question about this film must not leave out.

    The labels that it names or, where it names none and asks what is urgent, the most urgent of what is present.
    """
    question = understand(ledger.grounds.question or "", ledger.facts.language)
    if question.general:
        return frozenset()
    if question.labels or "urgency" not in question.intents:
        return frozenset(question.labels)
    ranked = by_urgency(ledger.having(Polarity.PRESENT), load(ledger.facts.language))
    return frozenset(finding.label for finding in ranked[:1])


def _own(grounds: Grounds) -> frozenset[str]:
    """Return the narrator's sentences that speak of no finding, and all of its answer to the question.

    An answer of the narrator's says what the experts found in words of its own that no draft uses.
    """
    told = (narrate(grounds.facts, audience, grounds.site) for audience in Audience)
    sections = (lines for each in told for name, lines in each.sentences.items() if name != "indication")
    texts = [line.text for lines in sections for line in lines if not line.labels]
    if grounds.question:
        texts += [statement.text for statement in answer(grounds.facts, grounds.question).statements]
    return frozenset(span.of(text) for text in texts for span in split(text))


def _read(text: str, language: str) -> tuple[Sentence, ...]:
    return tuple(
        replace(sentence, span=with_citations(text, sentence.span))
        for sentence in read(without_meanings(blanked(text), language), language)
    )


def _judged(
    name: str, text: str, found: tuple[Sentence, ...], ledger: Ledger, own: frozenset[str]
) -> Iterator[CheckedSentence]:
    for sentence in found:
        claims = tuple(_claims(text, sentence, ledger))
        if sentence.span.of(text) in own:
            claims = tuple(claim for claim in claims if claim.verdict is Standing.SUPPORTED)
        verdict = max((claim.verdict for claim in claims), key=GRAVITY.index, default=Standing.SUPPORTED)
        yield CheckedSentence(name, sentence.span.start, sentence.span.end, sentence.span.of(text), verdict, claims)


def _claims(text: str, sentence: Sentence, ledger: Ledger) -> Iterator[CheckedClaim]:
    """Give the claims of a sentence; one that says what a passage says rests on that, unless it speaks of this film."""
    tongue = tongues.load(ledger.facts.language)
    named = cited(text, sentence.span)
    passage = _passage(text, sentence, ledger, [each for _, each in named])
    for span, each in named:
        if each not in ledger.passages:
            yield _part(Part(span, "citation", unsupported("There is no such passage.")))
        elif passage is None:
            yield _part(Part(span, "citation", unsupported("The passage does not say this.")))
    if passage is not None:
        whole = Ruling(Standing.SUPPORTED, (f"passage:{passage.id}",))
        yield _part(Part(sentence.span, "knowledge", whole))
        return
    for clause in clauses(without_meanings(text, ledger.facts.language), sentence, tongue):
        reading = Reading(text, clause, sentence, ledger)
        for claim in clause.claims:
            yield _checked(claim, judge(claim, ledger, tongue, outside=reading.outside))
        for part in parts(reading):
            yield _part(part)


def _passage(text: str, sentence: Sentence, ledger: Ledger, named: Sequence[str]) -> Passage | None:
    """Return the passage that says what a sentence says: of those that it cites, else of all."""
    tongue = tongues.load(ledger.facts.language)
    wanted = [ledger.passages[each] for each in named if each in ledger.passages] or list(ledger.passages.values())
    said = sentence.span.of(text)
    if (quoted := quoting(said, wanted)) is not None:
        return quoted
    here = Reading(text, sentence, sentence, ledger).here
    return None if here or _of_this_film(text, sentence, ledger, tongue) else covering(said, wanted, tongue)


def _of_this_film(text: str, sentence: Sentence, ledger: Ledger, tongue: Tongue) -> bool:
    """Whether a sentence claims a finding of this film: "The right lung has collapsed", "Large left pneumothorax".

    General knowledge speaks of "a" finding, of no side, and has a verb; what the findings say anyway is no matter.
    """
    words = Words.of(text, sentence.span)
    fragment = len(words) <= _FRAGMENT and not any(word in tongue.verbs for word in words.texts)
    definite = words.texts[:1] and words.texts[0] in tongue.definite
    near = words.spans[min(_INTRODUCED, len(words) - 1)][0] if len(words) else sentence.span.start
    return any(
        claim.asserted
        and (fragment or claim.side in {Side.LEFT, Side.RIGHT} or (definite and claim.span.start <= near))
        and judge(claim, ledger, tongue, outside=False).standing is not Standing.SUPPORTED
        for claim in sentence.claims
    )


def _part(part: Part) -> CheckedClaim:
    return CheckedClaim(
        start=part.span.start,
        end=part.span.end,
        kind=part.kind,
        verdict=part.ruling.standing,
        support=part.ruling.support,
        reason=part.ruling.reason,
    )


def _checked(claim: Claim, ruling: Ruling) -> CheckedClaim:
    return CheckedClaim(
        start=claim.span.start,
        end=claim.span.end,
        kind="finding",
        verdict=ruling.standing,
        label=claim.label.value if claim.label else None,
        observation=claim.observation,
        polarity=claim.polarity.value,
        side=claim.side.value if claim.side else None,
        severity=claim.severity.value if claim.severity else None,
        support=ruling.support,
        reason=ruling.reason,
    )


def _omissions(said: Collection[Label | None], ledger: Ledger) -> Iterator[Omission]:
    """Find what is present or in doubt and not said: neither a denial nor a wrong claim says it."""
    for polarity in (Polarity.PRESENT, Polarity.UNCERTAIN):
        for finding in ledger.having(polarity):
            if finding.label not in said:
                yield Omission(finding.label.value, polarity.value)
