"""How many cores this process may really use."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def cpu_quota(cgroup: Path = CGROUP) -> int:
    """Cores that this process may really use: its affinity, cut to the container's quota (cgroup v2 or v1)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = _read_quota(cgroup)
    return cores if quota <= 0 or period <= 0 else max(1, min(cores, round(quota / period)))


def _read_quota(cgroup: Path) -> tuple[int, int]:
    """Microseconds of processor a period, and the period; (0, 0) where there is no limit or no cgroup."""
    try:
        if (cgroup / "cpu.max").is_file():
            quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        else:
            folder = cgroup / "cpu"
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        return int(quota), int(period)
    except (OSError, ValueError):  # no cgroup here, or the word "max": no limit
        return 0, 0
