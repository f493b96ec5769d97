"""Where a network runs."""

from __future__ import annotations

import ctypes
import sys
from enum import StrEnum
from importlib.util import find_spec


class Device(StrEnum):
    """What the option ``device`` may say."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def cuda_present() -> bool:
    """Whether torch is installed and has a CUDA device: the driver is asked first, for torch is slow to import."""
    if find_spec("torch") is None or not _has_driver():
        return False
    import torch  # noqa: PLC0415 - only where there is a driver

    return bool(torch.cuda.is_available())


def _has_driver() -> bool:
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
