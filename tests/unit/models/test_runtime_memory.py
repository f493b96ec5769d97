"""What compiling a network frees goes back to the system."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

import numpy as np
import pytest

from models.runtime.memory import trim

PAGE = os.sysconf("SC_PAGE_SIZE")
BLOCK = 64 * 1024
"""Bytes: small enough to come from the heap that glibc keeps."""


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_what_glibc_keeps_is_given_back() -> None:
    blocks = [np.ones(BLOCK, np.uint8) for _ in range(2000)]
    last = np.ones(BLOCK, np.uint8)  # it holds the end of the heap, which glibc would give back by itself
    blocks.clear()
    before = resident()
    trim()
    assert before - resident() > 1000 * BLOCK
    assert last.all()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    trim()
