from __future__ import annotations

import os
import socket
import sys
from typing import Any

import numpy as np
import pytest

from service.domain.errors import FileRejected
from service.imaging import exchange, wire
from service.imaging.exchange import BrokenMessageError, Signal
from service.imaging.pixels import DecodedFile, PixelImage, SourceFile, StoredRange
from service.imaging.voi import Preset, VoiFunction, VoiLut, Window

PRESETS = (Preset(Window(0.1 + 0.2, 900.0, VoiFunction.SIGMOID), "LUNG 1"), Preset(Window(-5.0, 1e-6)))


def raw(content: bytes) -> int:
    fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.write(fd, content)
    return fd


def image(**fields: Any) -> PixelImage:  # noqa: ANN401 - any of its fields
    return PixelImage(np.arange(6, dtype=np.float32).reshape(2, 3), StoredRange(0, 5, 2.5), **fields)


def round_trip(file: DecodedFile) -> DecodedFile:
    return wire.read_decoded(*exchange.unpack(exchange.pack(*wire.write_decoded(file))))


def test_header_and_chunks_come_back() -> None:
    array = np.arange(5, dtype=np.float32)
    header, payload = exchange.unpack(exchange.pack({"a": [1, None]}, [memoryview(b"abc"), array.data]))
    assert header == {"a": [1, None]}
    assert bytes(payload[:3]) == b"abc"
    np.testing.assert_array_equal(exchange.floats(payload, exchange.aligned(3), (5,)), array)


def test_messages_pass_a_socket_and_the_end_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            exchange.send(theirs, exchange.pack({"n": 1}, []))
            exchange.accept(theirs)
        received = exchange.receive(ours)
        assert isinstance(received, int)
        assert exchange.unpack(received)[0] == {"n": 1}
        assert exchange.receive(ours) is Signal.ACCEPTED
        assert exchange.receive(ours) is Signal.GONE


@pytest.mark.skipif(sys.platform != "linux", reason="left out: only Linux seals files")
def test_what_is_not_sealed_is_not_mapped() -> None:
    fd = raw(b"\x02" + bytes(7) + b"{}")
    with pytest.raises(BrokenMessageError):
        exchange.unpack(fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


@pytest.mark.skipif(sys.platform != "linux", reason="left out: only Linux seals files")
@pytest.mark.parametrize(
    "content",
    [b"\x01", b"\xff" * 8, b"\x02" + bytes(7) + b"{", b"\x02" + bytes(7) + b"[]", b"\x05" + bytes(7) + b"{}"],
)
def test_what_is_no_header_is_broken(content: bytes) -> None:
    import fcntl  # noqa: PLC0415 - Linux only

    fd = raw(content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    with pytest.raises(BrokenMessageError):
        exchange.unpack(fd)


@pytest.mark.parametrize(("offset", "shape"), [(0, (3, 3)), (-4, (1,)), (1000, (1,)), (0, (0,)), (0, (-1, -1))])
def test_arrays_outside_the_message_are_broken(offset: int, shape: tuple[int, ...]) -> None:
    payload = memoryview(np.zeros(6, dtype=np.float32).data).cast("B")
    with pytest.raises(BrokenMessageError):
        exchange.floats(payload, offset, shape)


def test_a_table_shared_by_frames_is_sent_once() -> None:
    lut = VoiLut(0, np.linspace(0, 1, 65536, dtype=np.float32))
    header, chunks = wire.write_decoded(DecodedFile("f", "dicom", tuple(image(window=lut) for _ in range(9))))
    assert sum(chunk.nbytes for chunk in chunks) == lut.table.nbytes + 9 * 24
    assert len(header["images"]) == 9


def test_empty_members_survive() -> None:
    members = [SourceFile("a", b""), SourceFile("b", b"xyz"), SourceFile("c", b"")]
    assert wire.read_members(*exchange.unpack(exchange.pack(*wire.write_members(members)))) == members


def test_a_refusal_comes_back_as_one() -> None:
    header, payload = exchange.unpack(exchange.pack(*wire.write_rejection(FileRejected("f", "too-large", "why"))))
    with pytest.raises(FileRejected) as caught:
        wire.read_decoded(header, payload)
    assert (caught.value.file_name, caught.value.code, caught.value.detail) == ("f", "too-large", "why")


@pytest.mark.parametrize(
    "change",
    [
        {"images": []},
        {"images": [{}]},
        {"images": 3},
        {"format": "exe"},
        {"format": []},
        {"rejected": 1},
    ],
)
def test_a_worker_that_sends_the_wrong_fields_is_not_believed(change: dict[str, Any]) -> None:
    header, chunks = wire.write_decoded(DecodedFile("f", "png", (image(),)))
    received, payload = exchange.unpack(exchange.pack({**header, **change}, chunks))
    with pytest.raises(BrokenMessageError):
        wire.read_decoded(received, payload)


@pytest.mark.parametrize(
    "change",
    [
        {"pixels": {"offset": 0, "shape": [2, 30_000]}},
        {"pixels": {"offset": 0, "shape": [6]}},
        {"spacing_mm": [1]},
        {"stored": [1]},
        {"tags": []},
        {"view": "<script>"},
        {"view": []},
        {"window": {"center": "x"}},
        {"presets": [["LUNG", {"center": 1}]]},
        {"presets": [1]},
        {"window": {"center": 1, "width": 1, "function": "EVIL"}},
    ],
)
def test_a_worker_that_sends_a_wrong_image_is_not_believed(change: dict[str, Any]) -> None:
    header, chunks = wire.write_decoded(DecodedFile("f", "png", (image(),)))
    header["images"][0].update(change)
    received, payload = exchange.unpack(exchange.pack(header, chunks))
    with pytest.raises(BrokenMessageError):
        wire.read_decoded(received, payload)


def test_a_file_comes_back_whole() -> None:
    file = DecodedFile(
        "f", "png", (image(tags={"a": "b"}, orientation=("L", "F"), view="PA"), image(frame=1, presets=PRESETS))
    )
    assert [vars_of(one) for one in round_trip(file).images] == [vars_of(one) for one in file.images]


def vars_of(one: PixelImage) -> tuple[object, ...]:
    return (
        one.pixels.tolist(),
        one.stored,
        one.frame,
        one.orientation,
        one.view,
        dict(one.tags),
        one.levels,
        one.presets,
    )
