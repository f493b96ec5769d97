"""Fetch one file over HTTP: resumed where it broke off, held to its SHA-256, whole or not at all.

Only ``cxr experts pull`` downloads, never a request. Proxies are taken from the environment (``https_proxy``).
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from ssl import SSLError
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from models.base import ExpertError
from models.weights import sha256_of

CHUNK = 1 << 18
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "cxr-scribe"}
SERVER_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which it is worth trying again (RFC 9110 15.5.9, 15.6; RFC 6585 4; RFC 8470 5.2)."""

PARTIAL, OUT_OF_RANGE = 206, 416
OTHERWISE = "If this machine cannot reach it, fetch the file elsewhere and give it with --from FILE."

Progress = Callable[[int, int | None], None]
"""Told the bytes that are there and how many there will be, None where the server does not say."""


class _Interrupted(Exception):  # noqa: N818 - never leaves this file: what came so far is kept, another try goes on from it
    """The transfer broke off."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    ``silence_s`` without a byte ends a try, and so does a mean rate below ``least_rate`` bytes a second over longer
    than that; the pause before try n is ``pause_s`` times n.
    """

    silence_s: float = 30.0
    least_rate: float = 1024.0
    tries: int = 4
    pause_s: float = 2.0


def quiet(_done: int, _total: int | None) -> None:
    """Report no progress."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    progress: Progress = quiet,
    patience: Patience = Patience(),
) -> str:
    """Fetch ``url`` into ``target`` and return the file's SHA-256 (hex).

    What was transferred is kept in ``target`` + ".part" until it is whole and, where ``sha256`` is given, right; a
    later call goes on from it if the server says that the file is still the same (If-Range, RFC 9110 13.1.5).
    Raises ExpertError, which says what to do.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ExpertError(f"{url} cannot be downloaded: only http and https can.")
    part = target.with_name(target.name + ".part")
    with _alone(part):
        _Transfer(url, part, progress, patience).run()
        actual = sha256_of(part)
        if sha256 is not None and actual != sha256.lower():
            _discard(part)
            raise ExpertError(f"{url} sent another file than expected: SHA-256 is {actual}, not {sha256}. {OTHERWISE}")
        part.replace(target)
        _validator(part).unlink(missing_ok=True)
    return actual


@dataclass(frozen=True, slots=True)
class _Transfer:
    url: str
    part: Path
    progress: Progress
    patience: Patience

    def run(self) -> None:
        """Transfer until the file is whole, with as many tries as patience allows."""
        for attempt in range(1, self.patience.tries + 1):
            try:
                return self._attempt()
            except _Interrupted as broken:
                if attempt == self.patience.tries:
                    kept = f"{self._size():,} bytes are kept: run the command again to go on."
                    raise ExpertError(f"{self.url} could not be fetched: {broken}. {kept} {OTHERWISE}") from broken
                time.sleep(self.patience.pause_s * attempt)
        return None

    def _size(self) -> int:
        return self.part.stat().st_size

    def _attempt(self) -> None:
        """Transfer what is missing. Raises _Interrupted when another try may help, ExpertError when none will."""
        try:
            with urlopen(self._request(), timeout=self.patience.silence_s) as response:  # noqa: S310 - http, see download
                self._receive(response)
        except HTTPError as error:
            with error:
                self._refused(error)
        except (URLError, HTTPException, TimeoutError, ConnectionError, SSLError) as error:
            raise _Interrupted(_reason(error)) from error
        except OSError as error:
            raise ExpertError(f"{self.part} cannot be written: {error.strerror or error}.") from error

    def _request(self) -> Request:
        """Ask for the rest of a file of which a part is here, or for all where nothing says it is the same."""
        request = Request(self.url, headers=HEADERS)  # noqa: S310 - http, see download
        note = _note(self.part)
        if self._size() and note.get("url") == self.url and note.get("validator"):
            request.add_header("Range", f"bytes={self._size()}-")
            request.add_header("If-Range", note["validator"])
        return request

    def _receive(self, response: HTTPResponse) -> None:
        if response.headers.get_content_type() == "text/html":
            raise ExpertError(
                f"{self.url} answers with a web page, not with the file: something between here and there asks for a "
                f"login or blocks it. {OTHERWISE}"
            )
        start, length = _start(response), response.headers.get("Content-Length")
        total = start + int(length) if length else None
        with self.part.open("r+b") as file:
            if start not in {0, file.seek(0, os.SEEK_END)}:
                raise _Interrupted(f"the server sent bytes from {start} on, which were not asked for")
            if not start:
                file.truncate(0)
                _remember(self.url, response, self.part)
            file.seek(start)
            self._copy(response, file, total)
            os.fsync(file.fileno())

    def _copy(self, response: HTTPResponse, file: BinaryIO, total: int | None) -> None:
        began, first = time.monotonic(), file.tell()
        while chunk := response.read1(CHUNK):
            file.write(chunk)
            self.progress(file.tell(), total)
            seconds = time.monotonic() - began
            if seconds > self.patience.silence_s and (file.tell() - first) / seconds < self.patience.least_rate:
                raise _Interrupted(f"only {(file.tell() - first) / seconds:,.0f} bytes a second arrive")
        file.flush()
        if total is not None and file.tell() < total:
            raise _Interrupted(f"the transfer ended after {file.tell():,} of {total:,} bytes")

    def _refused(self, error: HTTPError) -> None:
        """Return when the whole file turns out to be here already; else raise what the status means."""
        if error.code == OUT_OF_RANGE:
            if error.headers.get("Content-Range") == f"bytes */{self._size()}":
                return
            self.part.write_bytes(b"")
            raise _Interrupted("the file is another one by now")
        if error.code in SERVER_BUSY:
            raise _Interrupted(f"the server answers {error.code} {error.reason}")
        raise ExpertError(f"{self.url} is refused: {error.code} {error.reason}. {OTHERWISE}") from error


def _start(response: HTTPResponse) -> int:
    """First byte that the answer holds: of "bytes 100-199/200" (RFC 9110 14.4), 0 for the whole file."""
    if response.status != PARTIAL:
        return 0
    try:
        return int(response.headers["Content-Range"].split()[1].partition("-")[0])
    except (AttributeError, IndexError, ValueError):
        raise _Interrupted("the server does not say which part of the file it sends") from None


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, URLError) else error
    if isinstance(inner, TimeoutError):
        return "the server is silent"
    return str(inner) or type(inner).__name__


def _validator(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _note(part: Path) -> dict[str, str]:
    try:
        note: dict[str, str] = json.loads(_validator(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none, or cut off by a crash: begin again
        return {}
    return note


def _remember(url: str, response: HTTPResponse, part: Path) -> None:
    """Keep what tells this file from a later one; weak validators may not be used with ranges (RFC 9110 13.1.5)."""
    tag = response.headers.get("ETag", "")
    validator = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    _validator(part).write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")


def _discard(part: Path) -> None:
    part.unlink()
    _validator(part).unlink(missing_ok=True)


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Make the partial file and hold it against another pull of the same."""
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        made = part.open("ab")
    except OSError as error:
        raise ExpertError(f"{part} cannot be written: {error.strerror}.") from error
    with made as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExpertError(f"{part} is being written by another pull: wait for it to end.") from None
        yield
