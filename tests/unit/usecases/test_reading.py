from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from models.base import ExpertBusy, ExpertError
from models.findings import Verdict
from models.panel import Panel
from service.domain.errors import Unknown
from service.domain.study import Image
from service.imaging.pixels import DecodedFile, PixelImage, StoredRange
from service.usecases.films import Films
from service.usecases.reading import Reader, age_years
from tests.factories import image as read_image
from tests.fakes import FakeDecoder, FakeExpert, MemoryBlobs


def image(image_id: str = "image-1", sha256: str = "a" * 64) -> Image:
    return replace(read_image(image_id, sha256=sha256), gate=None, readings=())


def reader_of(*experts: FakeExpert, side: int = 256, seen: str = "a" * 64, cores: int = 2) -> Reader:
    pixels = np.linspace(0, 1, side * side, dtype=np.float32).reshape(side, side)
    films = Films(MemoryBlobs(), FakeDecoder())
    films.keep(seen, DecodedFile("film.png", "png", (PixelImage(pixels, StoredRange(0, 1, 0.5)),)))
    return Reader(films, Panel(experts or (FakeExpert(),)), cores=cores)


async def test_every_active_expert_reads_every_image() -> None:
    experts = FakeExpert("one"), FakeExpert("two")
    images, findings = await reader_of(*experts).read([image("i1"), image("i2")])
    assert [[reading.expert for reading in read.readings] for read in images] == [["one", "two"]] * 2
    assert [expert.reads for expert in experts] == [2, 2]
    assert {opinion.expert for opinion in findings[0].experts} == {"one", "two"}


async def test_what_the_gate_stops_no_expert_sees() -> None:
    expert = FakeExpert()
    images, findings = await reader_of(expert, side=32).read([image()])
    assert images[0].gate is not None
    assert images[0].gate.verdict is Verdict.STOP
    assert "too small" in images[0].gate.reasons[0]
    assert expert.reads == 0
    assert findings == ()


async def test_what_the_gate_doubts_is_read_and_marked() -> None:
    images, findings = await reader_of(side=128).read([image()])
    assert images[0].gate is not None
    assert images[0].gate.verdict is Verdict.DOUBTFUL
    assert findings


async def test_an_expert_that_fails_is_named_and_the_others_are_heard() -> None:
    broken = FakeExpert("broken", failure=ZeroDivisionError("from outside"))
    images, findings = await reader_of(FakeExpert(), broken).read([image()])
    assert images[0].gate is not None
    assert images[0].gate.verdict is Verdict.DOUBTFUL
    assert "broken failed" in images[0].gate.reasons[0]
    assert findings


async def test_experts_that_all_fail_leave_the_image_unread_and_say_so() -> None:
    images, findings = await reader_of(FakeExpert(failure=ExpertError("no memory"))).read([image()])
    assert images[0].gate is not None
    assert images[0].gate.verdict is Verdict.STOP
    assert "failed on this image" in images[0].gate.reasons[0]
    assert images[0].readings == ()
    assert findings == ()


async def test_the_event_loop_goes_on_while_an_expert_reads() -> None:
    expert, go = FakeExpert(), threading.Event()
    expert.before_read = partial(go.wait, 5)
    reading = asyncio.create_task(reader_of(expert).read([image()]))
    await asyncio.sleep(0.01)
    assert not reading.done()
    go.set()
    images, _ = await reading
    assert images[0].readings


@pytest.mark.parametrize(("cores", "films"), [(1, 8), (2, 8), (4, 16), (16, 64)])
async def test_the_more_cores_the_more_films_are_read_at_a_time(cores: int, films: int) -> None:
    expert, met = FakeExpert(), threading.Barrier(films)
    expert.before_read = partial(met.wait, 5)  # broken, and so an unread image, unless all come together
    images, _ = await reader_of(expert, cores=cores).read([image(f"image-{number}") for number in range(films)])
    assert all(read.readings for read in images)


async def test_a_film_waits_for_its_turn_when_too_many_wait_for_the_network() -> None:
    expert = FakeExpert(failure=ExpertBusy("full", 0.01))

    def free_at_the_third_asking() -> None:
        if expert.reads == 2:
            expert.failure = None

    expert.before_read = free_at_the_third_asking
    images, _ = await reader_of(expert).read([image()])
    assert images[0].readings
    assert expert.reads == 3


@pytest.mark.parametrize(
    ("age", "years"),
    [("045Y", 45), ("018M", 1.5), ("006W", 6 * 7 / 365.25), ("010D", 10 / 365.25), ("", None), ("Y", None)],
)
def test_the_patients_age_is_read_from_the_tags(age: str, years: float | None) -> None:
    assert age_years({"PatientAge": age}) == (None if years is None else pytest.approx(years))


async def test_a_film_whose_bytes_are_gone_is_no_reading_without_it() -> None:
    with pytest.raises(Unknown):
        await reader_of().read([image(sha256="b" * 64)])
