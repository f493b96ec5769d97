from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.domain.errors import FileRejected, TryLater
from service.imaging.decode import decode_file
from service.imaging.limits import MIB, DecodeLimits
from service.imaging.sandbox import DecodeSandbox
from tests import dicom_factory as made

PNG = made.png(made.film(bits=8))
LIMITS = DecodeLimits(timeout_s=10.0, memory_bytes=512 * MIB)
HASTY = replace(LIMITS, timeout_s=1.0)
TIGHT = 224 * MIB
HOSTILE = "tests.unit.imaging.hostile_decoders:decode"


@pytest.fixture
async def sandbox() -> AsyncIterator[DecodeSandbox]:
    box = DecodeSandbox(LIMITS, decoder=HOSTILE)
    await box.start()
    yield box
    await box.aclose()


@pytest.fixture
async def hasty() -> AsyncIterator[DecodeSandbox]:
    box = DecodeSandbox(HASTY, decoder=HOSTILE)
    await box.start()
    yield box
    await box.aclose()


async def code_of(box: DecodeSandbox, data: bytes) -> str:
    with pytest.raises(FileRejected) as caught:
        await box.decode(data, "film.dcm")
    assert caught.value.file_name == "film.dcm"
    assert "film.dcm" in caught.value.detail
    return caught.value.code


async def still_works(box: DecodeSandbox) -> None:
    (image,) = (await box.decode(PNG, "film.png")).images
    np.testing.assert_array_equal(image.pixels, made.film(bits=8))


async def pids_other_than(box: DecodeSandbox, old: list[int]) -> list[int]:
    for _ in range(100):
        if box.worker_pids and box.worker_pids != old:
            return box.worker_pids
        await asyncio.sleep(0.05)
    raise AssertionError("no new worker came")


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        made.png(made.film(bits=16)),
        made.part10(
            made.dataset(
                np.stack([made.film()] * 3),
                PhotometricInterpretation="MONOCHROME1",
                WindowCenter="2000",
                WindowWidth="900",
                PixelSpacing=["0.1", "0.2"],
                PatientOrientation=["L", "F"],
                ViewPosition="PA",
                PatientAge="045Y",
            )
        ),
        made.part10(
            made.dataset(
                made.film(),
                VOILUTSequence=made.lut(0, [0, 100, 255], 8),
            )
        ),
    ],
    ids=["png", "png16", "dicom", "voi-lut"],
)
async def test_what_comes_out_of_the_worker_is_what_was_decoded(sandbox: DecodeSandbox, data: bytes) -> None:
    here = decode_file(data, "film", LIMITS)
    there = await sandbox.decode(data, "film")
    assert (there.file_name, there.format, len(there.images)) == (here.file_name, here.format, len(here.images))
    for one, other in zip(here.images, there.images, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        for field in ("stored", "frame", "spacing_mm", "orientation", "view", "modality", "tags", "levels"):
            assert getattr(one, field) == getattr(other, field)
        if hasattr(one.window, "table"):
            np.testing.assert_array_equal(one.window.table, other.window.table)  # type: ignore[union-attr] # same kind
        else:
            assert one.window == other.window
        assert not other.pixels.flags.writeable


async def test_refusals_come_out_as_they_are(sandbox: DecodeSandbox) -> None:
    assert await code_of(sandbox, b"hello") == "not-an-image"
    assert await code_of(sandbox, b"") == "empty-file"
    await still_works(sandbox)


@pytest.mark.parametrize("command", ["crash", "exit", "gorge", "lie"])
async def test_a_decoder_that_dies_costs_its_request_alone(sandbox: DecodeSandbox, command: str) -> None:
    before = sandbox.worker_pids
    assert await code_of(sandbox, command.encode()) == "decoder-failed"
    await still_works(sandbox)
    assert sandbox.worker_pids != before


@pytest.mark.parametrize("command", ["hang", "spin"])
async def test_a_decoder_that_hangs_is_stopped_in_time(hasty: DecodeSandbox, command: str) -> None:
    started = time.monotonic()
    (pid,) = hasty.worker_pids
    assert await code_of(hasty, command.encode()) == "decoder-timeout"
    assert time.monotonic() - started < 3
    assert not _runs(pid)
    await still_works(hasty)


async def test_a_decoder_that_eats_memory_is_refused_more(sandbox: DecodeSandbox) -> None:
    assert await code_of(sandbox, b"eat") == "decoder-failed"
    await still_works(sandbox)


async def test_a_film_that_needs_too_much_memory_is_refused_and_the_worker_lives() -> None:
    box = DecodeSandbox(DecodeLimits(memory_bytes=TIGHT))
    await box.start()
    try:
        pids = box.worker_pids
        assert await code_of(box, made.png(np.eye(8000, dtype=np.uint8), 1)) == "decoder-failed"
        await still_works(box)
        assert box.worker_pids == pids
    finally:
        await box.aclose()


async def test_a_decoder_cannot_fill_the_disk(tmp_path: Path) -> None:
    box = DecodeSandbox(DecodeLimits(memory_bytes=TIGHT), decoder=HOSTILE)
    await box.start()
    try:
        assert await code_of(box, f"write {tmp_path / 'spill'}".encode()) == "decoder-failed"
    finally:
        await box.aclose()
    assert _size_of(tmp_path / "spill") <= TIGHT


async def test_a_decoder_sees_none_of_the_services_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_LLM_API_KEY", "secret")
    box = DecodeSandbox(LIMITS, decoder=HOSTILE)
    await box.start()
    try:
        with pytest.raises(FileRejected) as caught:
            await box.decode(b"environment", "film.dcm")
        assert "CXR_LLM_API_KEY" not in caught.value.detail
    finally:
        await box.aclose()


async def test_a_worker_killed_while_idle_is_replaced_at_once(sandbox: DecodeSandbox) -> None:
    before = sandbox.worker_pids
    os.kill(before[0], signal.SIGKILL)
    assert await pids_other_than(sandbox, before)
    await still_works(sandbox)


async def test_a_request_that_meets_a_dying_idle_worker_is_served_by_the_next(sandbox: DecodeSandbox) -> None:
    os.kill(sandbox.worker_pids[0], signal.SIGKILL)
    await still_works(sandbox)


async def test_a_caller_that_goes_away_frees_the_worker(sandbox: DecodeSandbox) -> None:
    request = asyncio.create_task(sandbox.decode(b"hang", "film.dcm"))
    await asyncio.sleep(0.1)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await asyncio.wait_for(still_works(sandbox), 5)


async def test_the_event_loop_goes_on_while_a_decoder_works(hasty: DecodeSandbox) -> None:
    request = asyncio.create_task(hasty.decode(b"spin", "film.dcm"))
    longest, last = 0.0, time.monotonic()
    while not request.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 0.5
    assert isinstance(request.exception(), FileRejected)


async def test_requests_are_served_together_up_to_the_number_of_workers() -> None:
    box = DecodeSandbox(replace(LIMITS, timeout_s=3.0), workers=2, decoder=HOSTILE)
    await box.start()
    try:
        assert len(box.worker_pids) == 1
        slow = asyncio.create_task(box.decode(b"hang", "slow"))
        await asyncio.sleep(0)
        results = await asyncio.gather(*(box.decode(PNG, f"{number}") for number in range(8)))
        assert [result.file_name for result in results] == [f"{number}" for number in range(8)]
        assert len(box.worker_pids) <= 2
        with pytest.raises(FileRejected):
            await slow
    finally:
        await box.aclose()


async def test_closing_leaves_no_process_and_fails_what_is_in_progress() -> None:
    box = DecodeSandbox(LIMITS, decoder=HOSTILE)
    await box.start()
    pids = box.worker_pids
    request = asyncio.create_task(box.decode(b"hang", "film.dcm"))
    await asyncio.sleep(0.1)
    await box.aclose()
    with pytest.raises(FileRejected):
        await request
    assert not box.ready
    assert not any(map(_runs, pids))
    with pytest.raises(TryLater):
        await box.decode(PNG, "film.png")


async def test_a_worker_that_cannot_start_says_so() -> None:
    box = DecodeSandbox(LIMITS, decoder="no.such.module:decode")
    with pytest.raises(TryLater):
        await box.start()
    await box.aclose()


async def test_workers_do_not_outlive_a_service_that_is_killed() -> None:
    script = (
        "import asyncio, sys\n"
        "from service.imaging.sandbox import DecodeSandbox\n"
        "async def main():\n"
        f"    box = DecodeSandbox(decoder={HOSTILE!r})\n"
        "    await box.start()\n"
        "    print(*box.worker_pids, flush=True)\n"
        "    await box.decode(b'spin', 'film')\n"
        "asyncio.run(main())\n"
    )
    service = subprocess.Popen(  # noqa: ASYNC220 - the service to be killed
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}
    )
    with service:
        assert service.stdout
        pid = int(await asyncio.to_thread(service.stdout.readline))
        service.kill()
    for _ in range(60):
        if not _runs(pid):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the worker lives on")


def _size_of(file: Path) -> int:
    return file.stat().st_size


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_size_of_the_file_is_bounded_before_anything_is_sent(sandbox: DecodeSandbox) -> None:
    small = DecodeSandbox(DecodeLimits(max_bytes=10))
    with pytest.raises(FileRejected) as caught:
        await small.decode(PNG, "film.png")
    assert caught.value.code == "too-large"
    await still_works(sandbox)


async def test_zip_is_taken_apart_and_anything_else_left_whole(sandbox: DecodeSandbox, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.png", PNG)
        archive.writestr("two.txt", b"hello")
    files = await sandbox.expand((tmp_path / "a.zip").read_bytes(), "a.zip")
    assert [(file.name, file.data) for file in files] == [("a.zip/one.png", PNG), ("a.zip/two.txt", b"hello")]
    (whole,) = await sandbox.expand(PNG, "film.zip")
    assert (whole.name, whole.data) == ("film.zip", PNG)
    with pytest.raises(FileRejected) as caught:
        await sandbox.expand(b"PK\x03\x04 broken", "b.zip")
    assert caught.value.code == "bad-archive"
