"""A folder of compiled networks for this very processor: one from another may compute wrongly, or not at all."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

from models.base import ExpertError

CPUINFO = Path("/proc/cpuinfo")
TELLING = frozenset({"model name", "flags", "Features", "CPU implementer", "CPU part", "CPU variant"})
"""The lines of /proc/cpuinfo, on x86 and ARM, that say what code a processor runs."""


def cache_folder(cache_dir: Path, cpuinfo: Path = CPUINFO) -> Path:
    """Return the processor's own folder below ``cache_dir``, made if need be. Raises ExpertError when it cannot be."""
    told = "\n".join([platform.machine(), platform.processor(), *_abilities(cpuinfo)])
    folder = cache_dir / f"openvino-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExpertError(f"The folder for compiled networks {folder} cannot be made: {error.strerror}.") from error
    return folder


def _abilities(cpuinfo: Path) -> list[str]:
    """Return the telling lines of the first core, or nothing where the system has no such file."""
    try:
        first = cpuinfo.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        return []
    return [line for line in first.splitlines() if line.partition(":")[0].strip() in TELLING]
