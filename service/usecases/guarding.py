"""A generation under guard: sentences are let out once they are judged, and what nothing supports is mended first.

What was let out is never taken back: from the first wrong sentence on, the text waits for its repair.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

import structlog

from models.findings import Label
from prompts.audience import Audience
from prompts.narrate import closing
from prompts.render import repair_prompt
from prompts.site import NO_SITE, Site
from service.domain.errors import ModelFailed
from service.domain.report import Fallback
from service.domain.verification import CheckedSentence, Repair, Standing, Verification
from service.ports import ChatMessage, ChatRequest
from service.usecases.forms import Form, Sections
from service.usecases.generation import Budget, FellBack, Piece, Writer, Written
from service.verification import mending
from service.verification.foreign import check_foreign
from service.verification.grounds import Grounds
from service.verification.guard import check
from service.verification.lexicon import languages

_log = structlog.get_logger()

Policy = Literal["repair", "mark", "refuse"]
NARRATOR = "narrator"


@dataclass(frozen=True, slots=True)
class Guarded:
    """The end of a generation under guard. ``seconds`` is what judging took, ``repair_s`` what asking again did."""

    sections: Sections
    written: Written
    verification: Verification
    seconds: float
    repair_s: float = 0.0


@dataclass(slots=True)
class _Work:
    """One text in the making: what it was asked for with, what was let out of it, and the time that judging took.

    ``own``: the narrator writes. It says the facts and nothing else, so its sentences go out unjudged until the end,
    and there is no better word to put in their place.
    """

    request: ChatRequest
    grounds: Grounds
    form: Form
    llm: str | None
    own: bool
    released: str = ""
    judged: str = ""
    seconds: float = 0.0
    repair_s: float = 0.0
    ids: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def check(self, sections: Sections) -> Verification:
        started = time.perf_counter()
        if self.grounds.facts.language in languages():
            verification = check(sections, self.grounds)
        else:
            verification = check_foreign(sections, self.grounds, self.ids)  # type: ignore[arg-type]  # labels, by sentence
        self.seconds += time.perf_counter() - started
        return verification

    def narrated(self, labels: Iterable[Label], section: str) -> list[str]:
        """Say findings in the narrator's words for this reader."""
        return mending.narrated(self.grounds.facts, labels, section, Audience(self.request.audience), self.request.site)

    def closed(self, sections: Sections) -> Sections:
        """End a report with the narrator's closing words, where its reader is owed any."""
        request = self.request
        lexicon = request.site.lexicon(request.facts.language, Audience(request.audience))
        return mending.closed(sections, closing(lexicon))

    def release(self, text: str) -> str:
        """Return what is new in a text that begins with what was let out already; "" where it does not."""
        new = text.removeprefix(self.released) if text.startswith(self.released) else ""
        self.released += new
        return new


class Guard:
    """The site's policy for sentences that nothing supports, how often its model is asked to mend them, its words."""

    def __init__(self, writer: Writer, policy: Policy = "repair", retries: int = 1, site: Site = NO_SITE) -> None:
        self._writer = writer
        self.policy: Policy = policy
        self.site = site
        self._retries = retries

    @property
    def budget(self) -> Budget:
        """What a generation may cost."""
        return self._writer.budget

    def structured(self, llm: str | None = None) -> bool:
        """Whether a model can be held to a schema. Raises Rejected when the site has none of that name."""
        return self._writer.model(llm).structured

    async def write(
        self, request: ChatRequest, grounds: Grounds, form: Form, *, llm: str | None = None
    ) -> AsyncGenerator[Piece | FellBack | Guarded, None]:
        """Yield the text in whole, judged sentences and, last, ``Guarded``. Closing cancels the generation."""
        work = _Work(request, grounds, form, llm, own=self._writer.model(llm).name == NARRATOR)
        raw = ""
        events = self._writer.write(request, llm=llm, accept=lambda text: form.read(text) is not None)
        async with aclosing(events):
            async for event in events:
                match event:
                    case Piece(text):
                        raw += text
                        if new := self._judged_so_far(work, raw):
                            yield Piece(new)
                    case FellBack():
                        raw, work.released, work.own = "", "", True
                        yield event
                    case Written():
                        done = await self._finished(work, event)
                        if done.written.fallback and not event.fallback:
                            work.released = ""
                            yield FellBack(done.written.fallback)
                        if new := work.release(form.text(done.sections)):
                            yield Piece(new)
                        yield done

    def _judged_so_far(self, work: _Work, raw: str) -> str:
        """Return the new sentences that may be let out: up to the first wrong one."""
        sections = work.form.so_far(raw)
        text = work.form.text(sections) if any(sections.values()) else ""
        if text == work.judged or len(text) <= len(work.released):
            return ""
        work.judged = text
        if work.own:
            return work.release(text)
        wrong = mending.wrong(work.check(sections))
        if not wrong:
            return work.release(text)
        bad = wrong[0][1]
        names = list(sections)
        kept = {name: sections[name] for name in names[: names.index(bad.section)]}
        kept[bad.section] = _before(sections[bad.section], bad)
        return work.release(work.form.text(kept)) if any(kept.values()) else ""

    async def _finished(self, work: _Work, written: Written) -> Guarded:
        """Judge the whole text and do what the policy says."""
        sections = work.closed(work.form.read(written.text) or {})
        work.ids = work.form.ids(written.text)
        verification = work.check(sections)
        if not work.own and (mending.wrong(verification) or verification.omissions):
            sections, verification, written = await self._mended(work, sections, verification, written)
        verification = replace(verification, policy=self.policy)
        return Guarded(sections, written, verification, work.seconds, work.repair_s)

    async def _mended(
        self, work: _Work, sections: Sections, verification: Verification, written: Written
    ) -> tuple[Sections, Verification, Written]:
        if self.policy == "mark":
            texts, moved = mending.marked(sections, verification)
            marks = tuple(
                _repair(bad, bad.text + mending.MARKS[bad.verdict], "mark") for _, bad in mending.wrong(moved)
            )
            return texts, replace(moved, repairs=marks), written
        if self.policy == "refuse":
            reason = f"{len(mending.wrong(verification))} of its sentences rest on nothing that was found or said."
            fallback = Fallback("unverified", f"The language model's text was refused: {reason}")
            texts = await self._narration(work)
            narrator = replace(written, written_by=NARRATOR, fallback=fallback)
            return texts, work.check(texts), narrator
        texts, verification = await self._repaired(work, written.text, sections, verification)
        return texts, verification, written

    async def _repaired(
        self, work: _Work, draft: str, sections: Sections, verification: Verification
    ) -> tuple[Sections, Verification]:
        """Ask the model again for its wrong sentences; then the narrator speaks for them, and of what is missing.

        ``draft`` is the model's text to the letter: a server that keeps what it has read reads on from there.
        """
        repairs: list[Repair] = []
        for _ in range(self._retries):
            if not mending.wrong(verification) or not work.request.messages:
                break
            answered = await self._asked_again(work, draft, verification)
            new, done = _accepted(work, verification, answered)
            if not new:
                break
            repairs += done
            sections = mending.rewritten(sections, verification, new)
            draft = work.form.text(sections)
            verification = work.check(sections)
        sections, done = _narrated_over(work, sections, verification)
        repairs += done
        verification = work.check(sections)
        sections, done = _completed(work, sections, verification, await self._narration(work))
        repairs += done
        verification = work.check(sections)
        if mending.wrong(verification) or verification.omissions or not all(sections.values()):
            sections = await self._narration(work)
            why = ("The text could not be mended.",)
            repairs.append(Repair("all", "", work.form.text(sections), NARRATOR, why))
            verification = work.check(sections)
        return sections, replace(verification, repairs=tuple(repairs))

    async def _narration(self, work: _Work) -> Sections:
        """Return what the narrator says in the model's place."""
        return work.form.read(await self._writer.narration(work.request)) or {}

    async def _asked_again(self, work: _Work, draft: str, verification: Verification) -> dict[int, str]:
        """Return the model's replacement for each wrong sentence, by its place; none where it fails."""
        bad = mending.wrong(verification)
        prompt = repair_prompt(
            work.grounds.facts,
            [(message.role, message.content) for message in work.request.messages],
            draft,
            [(sentence.text, mending.complaints(sentence)) for _, sentence in bad],
        )
        messages = tuple(ChatMessage(role, content) for role, content in prompt.messages)
        request = replace(work.request, messages=messages, schema=None, max_tokens=60 * len(bad))
        started = time.perf_counter()
        try:
            text = await self._writer.ask(request, llm=work.llm, enough=lambda text: mending.complete(text, len(bad)))
        except ModelFailed as failure:
            _log.warning("guard.repair-failed", reason=failure.reason)
            return {}
        finally:
            work.repair_s += time.perf_counter() - started
        lines = mending.numbered(text)
        return {index: lines[number] for number, (index, _) in enumerate(bad, 1) if number in lines}


def _before(text: str, bad: CheckedSentence) -> str:
    """Cut a section before a sentence, without the mark of its item."""
    return re.sub(r"\s*(?:\(?\d{1,2}[.)]|[-*\u2022])?\s*$", "", text[: bad.start])


def _accepted(
    work: _Work, verification: Verification, answered: Mapping[int, str]
) -> tuple[list[mending.Replaced], list[Repair]]:
    """Take the replacements that are supported, whole; "-", or what is said there already, takes a sentence out."""
    new, repairs = [], []
    for index, line in answered.items():
        bad = verification.sentences[index]
        again = line in {each.text for each in verification.sentences if each.section == bad.section}
        text = "" if again or line.strip("-\u2013 ") == "" else line
        checked = work.check({bad.section: text}).sentences if text else ()
        if all(sentence.verdict is Standing.SUPPORTED for sentence in checked):
            new.append(mending.Replaced(index, (text,) if text else ()))
            repairs.append(_repair(bad, text, "model"))
    return new, repairs


def _narrated_over(work: _Work, sections: Sections, verification: Verification) -> tuple[Sections, list[Repair]]:
    """Put the narrator's words for wrong sentences: of their labels, those that no other sentence speaks of."""
    new, repairs = [], []
    said = {name: mending.said_of(verification, name) for name in sections}
    for index, bad in mending.wrong(verification):
        wanted = mending.labels_of(bad) - said[bad.section]
        said[bad.section] |= wanted
        lines = tuple(work.narrated(wanted, bad.section))
        new.append(mending.Replaced(index, lines))
        repairs.append(_repair(bad, " ".join(lines), NARRATOR))
    return mending.rewritten(sections, verification, new), repairs


def _completed(
    work: _Work, sections: Sections, verification: Verification, whole: Sections
) -> tuple[Sections, list[Repair]]:
    """Add the narrator's sentences for what is left out; a section of which nothing is left becomes the narrator's."""
    repairs = [
        Repair(name, "", whole[name], NARRATOR, ("Nothing was left.",)) for name, text in sections.items() if not text
    ]
    sections = {name: text or whole[name] for name, text in sections.items()}
    missing = mending.omitted(work.check(sections).omissions if repairs else verification.omissions)
    first = next(iter(sections))
    for line in work.narrated(missing, first) if missing else []:
        sections[first] = mending.added(sections[first], [line])
        repairs.append(Repair(first, "", line, NARRATOR, ("It was left out.",)))
    return sections, repairs


def _repair(bad: CheckedSentence, after: str, by: str) -> Repair:
    return Repair(bad.section, bad.text, after, by, mending.complaints(bad))
