"""What becomes of a text with sentences that nothing supports: the narrator's words in their place, or a mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.findings import Finding, Label, Polarity
from prompts.audience import Audience
from prompts.calibrated import paragraphs, worded
from prompts.facts import StudyFacts
from prompts.site import NO_SITE, Site
from service.domain.verification import CheckedSentence, Omission, Standing, Verification

_ITEM = re.compile(r"^(\s*)\(?\d{1,2}([.)])(?=\s)", re.MULTILINE)
_MARKER = re.compile(r"(?:^|\n)\s*(\(?\d{1,2}[.)]|[-*\u2022])\s*\Z")
_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[:.)]\s*(.*\S)\s*$", re.MULTILINE)
_LAST_ITEM = re.compile(r"^\s*\(?(\d{1,2})[.)]\s[^\n]*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A sentence of a text, by its place in the verification, and the lines that stand for it; none take it out.

    In a list each line becomes an item.
    """

    index: int
    lines: tuple[str, ...]


def wrong(verification: Verification) -> list[tuple[int, CheckedSentence]]:
    """Return the sentences that nothing supports or something contradicts, with their places."""
    return [
        (index, sentence)
        for index, sentence in enumerate(verification.sentences)
        if sentence.verdict is not Standing.SUPPORTED
    ]


def numbered(answer: str) -> dict[int, str]:
    """Return the lines of a model's answer that stand for sentences, by the numbers that it was given for them."""
    return {int(number): line for number, line in _NUMBERED.findall(answer)}


def complete(answer: str, count: int) -> bool:
    """Whether each of so many sentences has its line, and the last has ended: what a model adds is no replacement."""
    return numbered(answer[: answer.rfind("\n") + 1]).keys() >= set(range(1, count + 1))


def complaints(sentence: CheckedSentence) -> tuple[str, ...]:
    """Say what is wrong with a sentence, each complaint once."""
    reasons = (claim.reason for claim in sentence.claims if claim.verdict is not Standing.SUPPORTED)
    return tuple(dict.fromkeys(filter(None, reasons))) or ("Nothing supports it.",)


def rewritten(sections: Mapping[str, str], verification: Verification, replaced: Iterable[Replaced]) -> dict[str, str]:
    """Return the sections with these sentences replaced or taken out, and lists numbered anew."""
    new = {each.index: each.lines for each in replaced}
    return {
        name: _renumbered("".join(_pieces(text, name, verification, new)).strip()) for name, text in sections.items()
    }


def _pieces(text: str, name: str, verification: Verification, new: Mapping[int, Sequence[str]]) -> Iterator[str]:
    end = 0
    for index, sentence in enumerate(verification.sentences):
        if sentence.section != name:
            continue
        gap, end = text[end : sentence.start], sentence.end
        if lines := new.get(index, (sentence.text,)):
            marker = _MARKER.search(gap)
            yield gap + (f"\n{marker[1]} " if marker else " ").join(lines)
    yield text[end:]


def _renumbered(text: str) -> str:
    numbers = iter(range(1, 100))
    return _ITEM.sub(lambda found: f"{found[1]}{next(numbers)}{found[2]}", text)


def added(text: str, lines: Sequence[str]) -> str:
    """Append sentences: as items where the text is a numbered list, else as a line of their own."""
    for line in lines:
        last = _LAST_ITEM.search(text)
        text = f"{text}\n{int(last[1]) + 1}. {line}" if last else "\n".join(filter(None, (text, line)))
    return text


def closed(sections: Mapping[str, str], last: str) -> dict[str, str]:
    """End the impression with these words, unless it has them; "" and a text without an impression change nothing."""
    text = sections.get("impression")
    if not text or last in text:
        return dict(sections)
    return {**sections, "impression": f"{text}\n{last}"}


def narrated(
    facts: StudyFacts,
    labels: Iterable[Label],
    section: str,
    audience: Audience = Audience.CLINICIAN,
    site: Site = NO_SITE,
) -> list[str]:
    """Say the findings of these labels as the narrator's section does; what was not assessed is not said.

    An impression does not list what is absent.
    """
    wanted = set(labels)
    findings = [finding for finding in facts.findings if finding.label in wanted]
    lexicon = site.lexicon(facts.language, audience)
    if section == "impression":
        return [line.text for line in worded(filter(_tells, findings), lexicon, section)]
    return [line.text for paragraph in paragraphs(findings, lexicon) for line in paragraph]


def _tells(finding: Finding) -> bool:
    return finding.polarity is not Polarity.ABSENT and finding.label is not Label.NO_FINDING


def labels_of(sentence: CheckedSentence) -> set[Label]:
    """Return the labels that a sentence makes claims about."""
    return {Label(claim.label) for claim in sentence.claims if claim.label}


def said_of(verification: Verification, section: str, but: Iterable[int] = ()) -> set[Label]:
    """Return the labels that the supported sentences of a section speak of, but for some sentences."""
    skipped = set(but)
    return {
        label
        for index, sentence in enumerate(verification.sentences)
        if index not in skipped and sentence.section == section and sentence.verdict is Standing.SUPPORTED
        for label in labels_of(sentence)
    }


def omitted(omissions: Iterable[Omission]) -> list[Label]:
    """Return the labels of omissions."""
    return [Label(omission.label) for omission in omissions]


MARKS: Mapping[Standing, str] = {
    Standing.UNSUPPORTED: " [not supported by the findings]",
    Standing.CONTRADICTED: " [contradicts the findings]",
}
"""What is put behind a sentence under the policy "mark", so that it stays marked wherever the text goes."""


def marked(sections: Mapping[str, str], verification: Verification) -> tuple[dict[str, str], Verification]:
    """Put a mark behind every wrong sentence and name at the end what is left out; the verdicts' spans move along.

    What only marked sentences say is left out too: who reads the mark does not know which of its words hold.
    """
    verification = replace(verification, omissions=(*verification.omissions, *_only_marked(verification)))
    marks = [Replaced(index, (sentence.text + MARKS[sentence.verdict],)) for index, sentence in wrong(verification)]
    texts = rewritten(sections, verification, marks)
    if verification.omissions and "findings" in texts:
        names = ", ".join(f"{one.label.replace('_', ' ')} ({one.polarity})" for one in verification.omissions)
        texts["findings"] = added(texts["findings"], [f"[not mentioned: {names}]"])
    return texts, replace(verification, sentences=tuple(_moved(verification.sentences)))


def _only_marked(verification: Verification) -> Iterator[Omission]:
    """Find what is there and stands only in sentences that are marked."""
    safe = {
        (claim.label, claim.polarity)
        for sentence in verification.sentences
        if sentence.verdict is Standing.SUPPORTED
        for claim in sentence.claims
    }
    for label, polarity in dict.fromkeys(
        (claim.label, claim.polarity)
        for _, sentence in wrong(verification)
        for claim in sentence.claims
        if claim.verdict is Standing.SUPPORTED and claim.polarity in {Polarity.PRESENT, Polarity.UNCERTAIN}
    ):
        if label and polarity and (label, polarity) not in safe:
            yield Omission(label, polarity)


def _moved(sentences: Iterable[CheckedSentence]) -> Iterator[CheckedSentence]:
    moves: dict[str, int] = {}
    for sentence in sentences:
        by = moves.setdefault(sentence.section, 0)
        claims = tuple(replace(claim, start=claim.start + by, end=claim.end + by) for claim in sentence.claims)
        yield replace(sentence, start=sentence.start + by, end=sentence.end + by, claims=claims)
        moves[sentence.section] += len(MARKS.get(sentence.verdict, ""))
