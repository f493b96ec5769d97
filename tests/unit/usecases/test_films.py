from __future__ import annotations

import hashlib

import pytest

from service.domain.errors import FileRejected, Unknown
from service.domain.study import Image
from service.usecases.films import Films
from tests.fakes import FakeDecoder, MemoryBlobs

FRAME_BYTES = 256 * 256 * 4


def image_of(content: bytes, frame: int = 0) -> Image:
    return Image("image", "film.png", hashlib.sha256(content).hexdigest(), frame, 256, 256)


async def films_of(*contents: bytes, most_frames: int = 2, frames: int = 1) -> tuple[Films, FakeDecoder, MemoryBlobs]:
    blobs, decoder = MemoryBlobs(), FakeDecoder(frames=frames)
    for content in contents:
        await blobs.put(content)
    return Films(blobs, decoder, most_bytes=most_frames * FRAME_BYTES), decoder, blobs


async def test_a_frame_is_decoded_once_while_it_is_in_use() -> None:
    films, decoder, _ = await films_of(b"one")
    first = await films.get(image_of(b"one"))
    assert await films.get(image_of(b"one")) is first
    assert len(decoder.decoded) == 1


async def test_what_was_kept_at_upload_is_not_decoded_at_all() -> None:
    films, decoder, blobs = await films_of(b"one")
    sha256 = next(iter(blobs.data))
    kept = await FakeDecoder().decode(b"one", "film")
    films.keep(sha256, kept)
    assert await films.get(image_of(b"one")) is kept.images[0]
    assert not decoder.decoded


async def test_the_frame_longest_unused_goes_first() -> None:
    films, decoder, _ = await films_of(b"one", b"two", b"three")
    for content in (b"one", b"two", b"one", b"three", b"one", b"two"):
        await films.get(image_of(content))
    assert len(decoder.decoded) == 4, "one, two, three, and two again, which three had displaced"


async def test_a_frame_larger_than_the_cache_is_still_returned() -> None:
    films, decoder, _ = await films_of(b"one", most_frames=0)
    assert (await films.get(image_of(b"one"))).rows == 256
    assert len(decoder.decoded) == 1


async def test_what_is_forgotten_is_no_longer_there() -> None:
    films, _, blobs = await films_of(b"one", b"two")
    await films.get(image_of(b"one"))
    await films.get(image_of(b"two"))
    films.forget(image_of(b"one").sha256)
    blobs.data.clear()
    assert await films.get(image_of(b"two"))
    with pytest.raises(Unknown):
        await films.get(image_of(b"one"))


async def test_forgetting_makes_room() -> None:
    films, decoder, _ = await films_of(b"one", b"two", b"three")
    await films.get(image_of(b"one"))
    films.forget(image_of(b"one").sha256)
    for content in (b"two", b"three", b"two", b"three"):
        await films.get(image_of(content))
    assert len(decoder.decoded) == 3


async def test_each_frame_of_a_file_is_itself() -> None:
    films, _, _ = await films_of(b"one", frames=2)
    frames = [await films.get(image_of(b"one", number)) for number in (0, 1)]
    assert [frame.frame for frame in frames] == [0, 1]


async def test_what_identifies_the_patient_is_known_and_found_again() -> None:
    films, decoder, _ = await films_of(b"one")
    decoder.identifiers = frozenset({"DOE^JANE"})
    assert await films.identifiers([image_of(b"one")]) == {"DOE^JANE"}
    assert await films.identifiers([image_of(b"one")]) == {"DOE^JANE"}
    assert len(decoder.decoded) == 1
    films.forget(image_of(b"one").sha256)
    assert await films.identifiers([image_of(b"one")]) == {"DOE^JANE"}


async def test_a_frame_that_the_file_no_longer_has_is_refused_without_the_file_s_name() -> None:
    films, _, _ = await films_of(b"one")
    with pytest.raises(FileRejected) as refusal:
        await films.get(image_of(b"one", frame=5))
    assert refusal.value.file_name == "stored file"
