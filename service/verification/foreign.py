"""The guard where no labeler reads the language: the narrator's own sentences, ids of findings, names, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from models.findings import Label, Polarity
from prompts.audience import Audience
from prompts.narrate import narrate
from prompts.questions import understand
from service.domain.verification import CheckedClaim, CheckedSentence, Omission, Standing, Verification
from service.verification.grounds import Grounds, Ledger
from service.verification.knowledge import CITATION

_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])\s*|\n+")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w]|[.,]\d)")
_ITEM = re.compile(r"\s*(?:\d{1,2}[.)]\s+|[-*\u2022]\s+)*")


def check_foreign(
    sections: Mapping[str, str], grounds: Grounds, ids: Mapping[str, Sequence[Label]] | None = None
) -> Verification:
    """Judge what can be judged; ``ids`` holds, by sentence, the findings that a structured draft rests it on.

    A sentence of the narrator's is supported. Another is supported where it names, or by its ids rests on, findings
    that were assessed, and all its numbers are known; its words themselves are not checked, and ``limits`` says so.
    """
    ledger = Ledger(grounds)
    own = _own(grounds)
    sentences = tuple(
        _judged(name, text, span, ledger, own, ids or {}) for name, text in sections.items() for span in _split(text)
    )
    limits = () if all(sentence.text in own for sentence in sentences) else (_limit(grounds.facts.language),)
    said = {claim.label for sentence in sentences for claim in sentence.claims}
    omitted = () if "answer" in sections else tuple(_omitted(ledger, said))
    return Verification(sentences, omitted, limits=limits)


def _limit(language: str) -> str:
    return (
        f"The words of sentences in language {language!r} are not read: whether a finding is said to be present or "
        "absent, and where, was not checked, only which findings are named, and numbers."
    )


def _own(grounds: Grounds) -> dict[str, tuple[Label, ...]]:
    """Map the narrator's own sentences, a patient's too, to their labels; what a referrer wrote is not its own."""
    told = (narrate(grounds.facts, audience, grounds.site) for audience in Audience)
    sections = (section for each in told for name, section in each.sentences.items() if name != "indication")
    lines = [line for section in sections for line in section]
    return {line.text[slice(*span)]: line.labels for line in lines for span in _split(line.text)}


def _split(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each sentence, without the mark of its item: the point of "1." ends none."""
    start = 0
    while start < len(text):
        begin = _ITEM.match(text, start).end()  # type: ignore[union-attr]  # the pattern matches nothing too
        found = _END.search(text, begin + 1)
        end, start = found.span() if found else (len(text), len(text))
        if begin < end:
            yield begin, end


def _judged(
    name: str,
    text: str,
    span: tuple[int, int],
    ledger: Ledger,
    own: Mapping[str, tuple[Label, ...]],
    ids: Mapping[str, Sequence[Label]],
) -> CheckedSentence:
    said = text[slice(*span)]
    if said in own:
        claims = [_claim(span, label, Standing.SUPPORTED) for label in own[said]]
    else:
        claims = [*_named(said, span, ledger, ids.get(said, ())), *_numbers(said, span, ledger)]
    bare = not claims and said not in own
    verdict = (
        Standing.SUPPORTED if all(claim.verdict is Standing.SUPPORTED for claim in claims) else Standing.UNSUPPORTED
    )
    return CheckedSentence(name, *span, said, Standing.UNSUPPORTED if bare else verdict, tuple(claims))


def _named(said: str, span: tuple[int, int], ledger: Ledger, ids: Sequence[Label]) -> Iterator[CheckedClaim]:
    for label in dict.fromkeys((*understand(said, ledger.facts.language).labels, *ids)):
        known = label in ledger.findings or label in ledger.facts.silence
        yield _claim(span, label, Standing.SUPPORTED if known else Standing.UNSUPPORTED)


def _claim(span: tuple[int, int], label: Label, verdict: Standing) -> CheckedClaim:
    good = verdict is Standing.SUPPORTED
    return CheckedClaim(
        *span,
        kind="finding",
        verdict=verdict,
        label=label.value,
        support=(f"finding:{label}",) if good else (),
        reason=None if good else f"No expert was asked about {label.replace('_', ' ')}.",
    )


def _numbers(said: str, span: tuple[int, int], ledger: Ledger) -> Iterator[CheckedClaim]:
    allowed = [*ledger.numbers((), measured=False), *ledger.counts()]
    for found in _NUMBER.finditer(CITATION.sub("", said)):
        value = float(found[0].replace(",", "."))
        slack = 0.5 * 10.0 ** -len(re.split("[.,]", found[0] + ".")[1]) + 1e-9
        if not any(abs(value - each) <= slack for each in allowed):
            yield CheckedClaim(*span, "measurement", Standing.UNSUPPORTED, reason=f"Nobody measured {found[0]}.")


def _omitted(ledger: Ledger, said: set[str | None]) -> Iterator[Omission]:
    for polarity in (Polarity.PRESENT, Polarity.UNCERTAIN):
        for finding in ledger.having(polarity):
            if finding.label.value not in said:
                yield Omission(finding.label.value, polarity.value)
