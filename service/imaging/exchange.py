"""How service and worker hand each other bytes: an anonymous file, passed by descriptor over a socket.

Nothing is pickled: a worker taken over by a hostile file must not be able to run code in the service. A message is
one file, ``<length of header><header as JSON><padding to 64><payload>``, sealed against change, so that the service
maps megapixels without copying them and a worker cannot shrink the file under its feet.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Header = dict[str, Any]
ALIGN = 64
_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 16 * 1024 * 1024
_MESSAGE, _ACCEPTED = b"m", b"a"


class Signal(Enum):
    """What may come over the socket instead of a message."""

    ACCEPTED = "accepted"
    GONE = "gone"


class BrokenMessageError(Exception):
    """What arrived is no message: the other side is broken or hostile."""


def pack(header: Header, chunks: Sequence[memoryview]) -> int:
    """Write a message; return its descriptor, which the caller owns. Each chunk starts on a multiple of 64 bytes."""
    head = json.dumps(header).encode()
    fd = _anonymous_file()
    try:
        for chunk in (memoryview(_LENGTH.pack(len(head)) + head), *chunks):
            _pad(fd)
            _write(fd, chunk)
        _seal(fd)
    except OSError:
        os.close(fd)
        raise
    return fd


def unpack(fd: int) -> tuple[Header, memoryview]:
    """Map a message and close its descriptor: the header, and the payload as read-only bytes."""
    try:
        _require_sealed(fd)
        view = memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise BrokenMessageError("not a sealed file") from error
    finally:
        os.close(fd)
    return _parse(view)


def floats(payload: memoryview, offset: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Read a float32 array in place; its memory stays mapped for as long as the array lives."""
    count = int(np.prod(shape, dtype=np.int64))
    if offset < 0 or count <= 0 or min(shape) <= 0:
        raise BrokenMessageError("an array outside the message")
    try:
        return np.frombuffer(payload, np.float32, count, offset).reshape(shape)
    except ValueError as error:
        raise BrokenMessageError("an array outside the message") from error


def aligned(size: int) -> int:
    """Round up to where the next chunk starts."""
    return -(-size // ALIGN) * ALIGN


def post(sock: socket.socket, header: Header, data: bytes) -> None:
    """Pack and send in one go, so that no descriptor is lost when nobody waits any more. Raises OSError."""
    send(sock, pack(header, [memoryview(data)]))


def send(sock: socket.socket, fd: int) -> None:
    """Pass a descriptor on and close ours. Raises OSError when the other side is gone."""
    try:
        socket.send_fds(sock, [_MESSAGE], [fd])
    finally:
        os.close(fd)


def accept(sock: socket.socket) -> None:
    """Tell the other side that its message is being worked on."""
    sock.send(_ACCEPTED)


def receive(sock: socket.socket) -> int | Signal:
    """Take what comes next: a message's descriptor, or word that one was accepted or that the other side is gone."""
    try:
        kind, fds, _, _ = socket.recv_fds(sock, 1, 1)
    except OSError:
        return Signal.GONE
    if kind == _ACCEPTED:
        return Signal.ACCEPTED
    return fds[0] if fds else Signal.GONE


def _parse(view: memoryview) -> tuple[Header, memoryview]:
    try:
        (length,) = _LENGTH.unpack_from(view)
        if length > _LONGEST_HEADER:
            raise BrokenMessageError("no header")
        end = _LENGTH.size + length
        header = json.loads(bytes(view[_LENGTH.size : end]))
    except (struct.error, ValueError, OverflowError, RecursionError) as error:
        raise BrokenMessageError("no header") from error
    if not isinstance(header, dict) or end > len(view):
        raise BrokenMessageError("no header")
    return header, view[aligned(end) :]


def _write(fd: int, chunk: memoryview) -> None:
    rest = chunk.cast("B")
    while rest:
        rest = rest[os.write(fd, rest) :]


def _pad(fd: int) -> None:
    position = os.lseek(fd, 0, os.SEEK_CUR)
    _write(fd, memoryview(bytes(aligned(position) - position)))


if sys.platform == "linux":
    import fcntl

    _SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

    def _anonymous_file() -> int:
        return os.memfd_create("cxr-decode", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)

    def _seal(fd: int) -> None:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)

    def _require_sealed(fd: int) -> None:
        if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
            raise BrokenMessageError("not a sealed file")

else:

    def _anonymous_file() -> int:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())

    def _seal(fd: int) -> None:
        """Only Linux can seal a file; elsewhere the worker's honesty about its size is trusted."""

    def _require_sealed(fd: int) -> None:
        """See ``_seal``."""
