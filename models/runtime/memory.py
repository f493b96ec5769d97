"""Memory that was freed goes back to the system, which the allocator alone does not do."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return the free memory of this process to the system: glibc keeps what a compiled network left behind.

    Does nothing where the C library has no ``malloc_trim`` (musl, macOS, Windows).
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
