"""Memory that was freed goes back to the system, which the allocator alone does not do."""

from __future__ import annotations

import ctypes
import sys


def trim() -> None:
    """Return the free memory of this process to the system: glibc keeps what a compiled network left behind.

    Does nothing where the C library has no ``malloc_trim`` (musl, macOS, Windows).
    """
    if sys.platform != "linux":
        return
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
