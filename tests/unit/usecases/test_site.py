"""What is of the site and its readers: the worklist's entries, who has seen what, phrases, what the system is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.panel import Panel
from service.domain.errors import Clash, Unknown
from service.domain.phrase import Phrase
from service.domain.report import ReportState
from service.ports import StudyQuery
from service.usecases.about import about
from service.usecases.lookup import Entry, entry_of, page_of
from service.usecases.phrases import SUBJECT, phrases_of, replace_phrases
from service.usecases.seen import mark_seen
from tests.factories import ALICE, BOB, report, study
from tests.fakes import FakeSegmenter, FixedClock, MemoryStorage
from tests.unit.usecases.desk import Desk

NEW, SIGNED = report("new"), replace(report("old"), state=ReportState.SIGNED)


async def test_a_study_is_unread_until_its_reader_opened_it() -> None:
    desk = Desk()
    taken = await desk.study(b"one")
    assert (await entry_of(desk.storage, taken.id, ALICE)).unread
    for _ in range(2):
        await mark_seen(desk.storage, desk.clock, taken.id, ALICE)
        desk.clock.advance(60)
    assert not (await entry_of(desk.storage, taken.id, ALICE)).unread
    (entry,), _ = await page_of(desk.storage, StudyQuery(), BOB)
    assert entry.unread
    assert list(desk.storage.tables.seen) == [(taken.id, ALICE.id)]
    for missing in (mark_seen(desk.storage, desk.clock, "x", ALICE), entry_of(desk.storage, "x", ALICE)):
        with pytest.raises(Unknown):
            await missing


@pytest.mark.parametrize(
    ("entry", "unread", "counts"),
    [
        (Entry(study()), True, None),
        (Entry(study(), (NEW,)), True, "new"),
        (Entry(study(), (NEW,), seen=True), False, "new"),
        (Entry(study(), (NEW, SIGNED)), False, "old"),
    ],
)
def test_a_signed_report_counts_before_a_newer_draft(entry: Entry, unread: bool, counts: str | None) -> None:
    assert entry.unread is unread
    assert (entry.report.id if entry.report else None) == counts


async def test_phrases_are_replaced_with_an_audit_event_or_not_at_all() -> None:
    storage, clock = MemoryStorage(), FixedClock()
    phrases = (
        Phrase("lungs", "findings", "en", "The lungs are clear."),
        Phrase("a", "impression", "de", "Unauffällig."),
    )
    await replace_phrases(storage, clock, phrases, ALICE)
    assert await phrases_of(storage) == phrases
    with pytest.raises(Clash):
        await replace_phrases(storage, clock, (phrases[0], phrases[0]), BOB)
    assert await phrases_of(storage) == phrases
    (event,) = storage.tables.audit
    assert (event.action, event.subject, event.principal, event.details) == (
        "phrases.replaced", SUBJECT, ALICE.id, {"phrases": "2"}
    )  # fmt: skip


def test_the_system_says_exactly_what_reads_and_writes() -> None:
    desk = Desk()
    bare = about(Panel(desk.experts), desk.writer)
    assert [(expert.name, expert.weights_sha256) for expert in bare.experts] == [("fake", "0" * 64)]
    assert (bare.segmenter, bare.model) == (None, "fake:model")
    assert len(bare.gate.weights_sha256) == 64
    assert "en" in bare.languages
    assert "not a medical device" in bare.notice
    whole = about(Panel(desk.experts, FakeSegmenter()), desk.writer)
    assert whole.segmenter is not None
    assert whole.segmenter.name == "organs"
