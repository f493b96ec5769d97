"""What every ``service.ports.BlobStore`` keeps to: the one on disk, and the fake."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from service.domain.errors import BlobDamaged, Unknown
from service.ports import BlobStore
from service.storage.blobs import FileBlobs
from tests.fakes import MemoryBlobs

ABSENT = "0" * 64


def damage_file(blobs: BlobStore, sha256: str) -> None:
    assert isinstance(blobs, FileBlobs)
    path = blobs.folder / sha256[:2] / sha256[2:4] / sha256
    path.write_bytes(b"x" + path.read_bytes()[1:])


def damage_memory(blobs: BlobStore, sha256: str) -> None:
    assert isinstance(blobs, MemoryBlobs)
    blobs.data[sha256] = b"x"


Damage = Callable[[BlobStore, str], None]


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[BlobStore, Damage]:
    if request.param == "file":
        return FileBlobs(tmp_path / "blobs"), damage_file
    return MemoryBlobs(), damage_memory


@pytest.fixture
def blobs(store: tuple[BlobStore, Damage]) -> BlobStore:
    return store[0]


@pytest.fixture
def damage(store: tuple[BlobStore, Damage]) -> Damage:
    return store[1]


@pytest.mark.parametrize("data", [b"", b"film", bytes(range(256)) * 4096], ids=["empty", "short", "megabyte"])
async def test_bytes_come_back_under_their_hash(blobs: BlobStore, data: bytes) -> None:
    sha256 = await blobs.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert await blobs.get(sha256) == data


async def test_the_same_bytes_may_come_again_and_at_once(blobs: BlobStore) -> None:
    names = await asyncio.gather(*(blobs.put(b"film") for _ in range(20)))
    assert len(set(names)) == 1
    assert await blobs.get(names[0]) == b"film"


async def test_what_is_absent_is_unknown(blobs: BlobStore) -> None:
    await blobs.put(b"film")
    for name in (ABSENT, "", "film", "../" * 20 + "etc/passwd"):
        with pytest.raises(Unknown):
            await blobs.get(name)


async def test_delete_removes_that_blob_and_may_be_repeated(blobs: BlobStore) -> None:
    film, other = await blobs.put(b"film"), await blobs.put(b"other")
    for _ in range(2):
        await blobs.delete(film)
    with pytest.raises(Unknown):
        await blobs.get(film)
    assert await blobs.get(other) == b"other"
    for name in (ABSENT, "", "../" * 20 + "etc/passwd"):
        await blobs.delete(name)


async def test_damage_is_noticed_and_put_heals_it(blobs: BlobStore, damage: Damage) -> None:
    sha256 = await blobs.put(b"film")
    damage(blobs, sha256)
    with pytest.raises(BlobDamaged):
        await blobs.get(sha256)
    await blobs.put(b"film")
    assert await blobs.get(sha256) == b"film"


async def test_a_store_that_can_be_written_has_no_problem(blobs: BlobStore) -> None:
    assert await blobs.check() is None
