"""The process that touches untrusted bytes: ``python -m service.imaging.worker FD LIMITS DECODER``.

It answers one message at a time on the socket FD until the service closes it. It holds none of the service's secrets
(the service starts it with an empty environment), may open no new processes and write no file of its own, and
dies with its parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from importlib import import_module

from service.domain.errors import FileRejected
from service.imaging import exchange, wire
from service.imaging.archive import expand_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import DecodedFile

Decoder = Callable[[bytes, str, DecodeLimits], DecodedFile]
_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 32


def main(arguments: list[str]) -> None:
    """Serve until the socket closes."""
    die_with_parent()
    warnings.simplefilter("ignore")  # the libraries' warnings quote values of the file
    channel = socket.socket(fileno=int(arguments[0]))
    limits = DecodeLimits(**json.loads(arguments[1]))
    module, _, name = arguments[2].partition(":")
    decoder: Decoder = getattr(import_module(module), name)
    harden(limits)
    exchange.send(channel, exchange.pack({"ready": True}, []))
    while isinstance(fd := exchange.receive(channel), int):
        exchange.accept(channel)
        allow_more_cpu(limits.timeout_s)
        exchange.send(channel, answer(fd, decoder, limits))


def answer(fd: int, decoder: Decoder, limits: DecodeLimits) -> int:
    """Turn one request into one reply, both as descriptors."""
    header, payload = exchange.unpack(fd)
    name = str(header["name"])
    try:
        if header["do"] == "expand":
            return exchange.pack(*wire.write_members(expand_file(bytes(payload), name, limits)))
        return exchange.pack(*wire.write_decoded(decoder(bytes(payload), name, limits)))
    except FileRejected as error:
        return exchange.pack(*wire.write_rejection(error))


def die_with_parent() -> None:
    """Have the kernel kill this process when the service dies, even while a decoder hangs (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def harden(limits: DecodeLimits) -> None:
    """Bound this process's memory, files and children; no core dump, which would hold the patient's film."""
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.memory_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)  # noqa: PLW2901 - the same bound, lowered
        resource.setrlimit(kind, (bound, bound))


def allow_more_cpu(seconds: float) -> None:
    """Grant the next request its CPU time; the kernel kills the process beyond it, also when the service is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1:])
