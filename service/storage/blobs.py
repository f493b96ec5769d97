"""Bytes in files named by their hash, on this machine's disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from service.domain.errors import BlobDamaged, ConfigurationError, TryLater, Unknown
from service.storage.folders import folder_problem

ABANDONED_S = 3600
"""Age in seconds at which a half-written file is taken for the rest of a crash; no write takes as long."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """Implements ``service.ports.BlobStore``: ``folder/ab/cd/abcd...``, files 0600, folders 0700.

    A file appears under its name only when all of it is on the disk. Processes may share the folder. Raises OSError
    when the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._incoming.mkdir(exist_ok=True, mode=0o700)
        self._sweep()

    async def put(self, data: bytes) -> str:
        """Store and return the SHA-256 in hex; durable on return; the same bytes are stored once.

        Bytes that were damaged are made whole. Raises TryLater when the disk is full or cannot be written.
        """
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises Unknown when absent, BlobDamaged when they no longer match their hash."""
        return await asyncio.to_thread(self._get, sha256)

    async def delete(self, sha256: str) -> None:
        """Remove; absent is fine."""
        await asyncio.to_thread(self._delete, sha256)

    async def check(self) -> str | None:
        """None when blobs can be written, else what is wrong."""
        return await asyncio.to_thread(self._check)

    def _put(self, data: bytes) -> str:
        sha256 = _hash(data)
        path = self._path(sha256)
        try:
            if not _holds(path, data):
                for folder in (path.parent.parent, path.parent):
                    folder.mkdir(exist_ok=True, mode=0o700)
                self._write(path, data)
            # Also when the file was there: whoever wrote it may not have come to this line yet.
            for folder in (path.parent, path.parent.parent, self.folder):
                _sync_folder(folder)
        except OSError as error:
            raise TryLater(f"The file could not be stored: {error.strerror}.", code="blobs-unavailable") from error
        return sha256

    def _write(self, path: Path, data: bytes) -> None:
        with self._temporary() as (descriptor, temporary):
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)

    @contextmanager
    def _temporary(self) -> Iterator[tuple[int, Path]]:
        descriptor, name = tempfile.mkstemp(dir=self._incoming)  # 0600
        try:
            yield descriptor, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _get(self, sha256: str) -> bytes:
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise Unknown("The file is not in the store.") from error
        if _hash(data) != sha256:
            raise BlobDamaged(f"The stored file {sha256} is damaged; restore it from a backup or upload it again.")
        return data

    def _delete(self, sha256: str) -> None:
        with suppress(FileNotFoundError, Unknown):
            path = self._path(sha256)
            path.unlink()
            _sync_folder(path.parent)

    def _check(self) -> str | None:
        try:
            with self._temporary() as (descriptor, _):
                os.close(descriptor)
        except OSError as error:
            return f"The folder of the blobs cannot be written: {error.strerror}"
        return None

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise Unknown("The file is not in the store.")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def _sweep(self) -> None:
        oldest = time.time() - ABANDONED_S
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # another process sweeps too
                if path.stat().st_mtime < oldest:
                    path.unlink()


def open_blobs(url: str) -> FileBlobs:
    """Open the store of a ``file:///folder`` URL, making the folder.

    Raises ConfigurationError when the URL is of another kind or the folder cannot be made.
    """
    try:
        return FileBlobs(_folder_of(url))
    except OSError as error:
        raise ConfigurationError(f"The folder of the blobs cannot be made: {error.strerror}") from error


async def blobs_problem(url: str) -> str | None:
    """None when ``open_blobs`` would work and blobs could be written, else what is wrong; makes no folder."""
    try:
        folder = _folder_of(url)
        return await open_blobs(url).check() if await asyncio.to_thread(folder.exists) else folder_problem(folder)
    except ConfigurationError as error:
        return error.detail


def _folder_of(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise ConfigurationError("This version keeps its files in a folder of this machine: file:///absolute/path")
    return Path(unquote(parts.path))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
