"""Decoders that misbehave on command: what a worker runs in the sandbox's tests."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from service.domain.errors import FileRejected
from service.imaging.decode import decode_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import DecodedFile


def decode(data: bytes, file_name: str, limits: DecodeLimits) -> DecodedFile:
    """Obey the file's first word, else decode."""
    command, _, argument = data.partition(b" ")
    if command in _COMMANDS:
        _COMMANDS[command](argument.decode())
    return decode_file(data, file_name, limits)


def _spin(_: str) -> None:
    while True:
        pass


def _eat(_: str) -> None:
    bytearray(1 << 40)


def _tell_environment(_: str) -> None:
    raise FileRejected("film.dcm", "bad-archive", repr(sorted(os.environ)))


def _write(path: str) -> None:
    with Path(path).open("wb") as target:
        while True:
            target.write(bytes(16 << 20))


def _gorge(_: str) -> None:
    """Fill the memory, then die as the kernel's OOM killer would have it."""
    hoard = []
    try:
        while True:
            hoard.append(b"x" * (64 << 20))
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)


def _answer_nonsense(_: str) -> None:
    """Send what is no message over every socket this process holds."""
    for number in range(3, 32):
        with contextlib.suppress(OSError), open(os.devnull, "rb") as nothing:  # noqa: PTH123 - its descriptor is needed
            socket.send_fds(socket.socket(fileno=os.dup(number)), [b"m"], [nothing.fileno()])


_COMMANDS: dict[bytes, Callable[[str], object]] = {
    b"crash": lambda _: ctypes.string_at(0),
    b"exit": lambda _: os._exit(3),
    b"hang": lambda _: time.sleep(3600),
    b"spin": _spin,
    b"eat": _eat,
    b"gorge": _gorge,
    b"environment": _tell_environment,
    b"write": _write,
    b"lie": _answer_nonsense,
}
