from __future__ import annotations

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest

from service.domain.errors import ConfigurationError, TryLater
from service.storage.blobs import ABANDONED_S, FileBlobs, open_blobs


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()]


async def test_files_lie_in_two_levels_of_folders_that_only_their_owner_reads(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    sha256 = await blobs.put(b"film")
    path = tmp_path / "blobs" / sha256[:2] / sha256[2:4] / sha256
    assert files(tmp_path) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders(tmp_path)} == {0o700}


async def test_putting_again_does_not_write_again(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    await blobs.put(b"film")
    before = files(tmp_path)[0].stat()
    await blobs.put(b"film")
    assert files(tmp_path)[0].stat().st_ino == before.st_ino


async def test_writers_at_once_leave_one_file(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    await asyncio.gather(*(blobs.put(b"film") for _ in range(20)))
    assert len(files(tmp_path)) == 1


async def test_a_failed_write_leaves_nothing_and_says_try_later(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    sha256 = await blobs.put(b"film")
    await blobs.delete(sha256)
    shutil.rmtree(tmp_path / sha256[:2])
    (tmp_path / sha256[:2]).write_bytes(b"in the way")
    with pytest.raises(TryLater, match="could not be stored"):
        await blobs.put(b"film")
    assert files(tmp_path) == [tmp_path / sha256[:2]]
    assert not files(tmp_path / "incoming")


async def test_a_folder_that_went_away_is_told(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    shutil.rmtree(tmp_path / "blobs")
    assert await blobs.check() == "The folder of the blobs cannot be written: No such file or directory"


def test_what_a_crash_left_half_written_is_swept_when_it_is_old(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    old, new = incoming / "old", incoming / "new"
    for path in (old, new):
        path.write_bytes(b"half a fi")
    long_ago = new.stat().st_mtime - ABANDONED_S - 60
    os.utime(old, (long_ago, long_ago))
    FileBlobs(tmp_path)
    assert files(tmp_path) == [new]


async def test_a_file_url_opens_its_folder(tmp_path: Path) -> None:
    blobs = open_blobs(f"file://{tmp_path}/a%20folder/blobs")
    await blobs.put(b"film")
    assert len(files(tmp_path / "a folder" / "blobs")) == 1


@pytest.mark.parametrize("url", ["s3://bucket/films", "file://host/films", "file:films", "films", ""])
def test_other_urls_are_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="file:///absolute/path"):
        open_blobs(url)


def test_a_folder_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be made"):
        open_blobs(f"file://{tmp_path}/file/blobs")
