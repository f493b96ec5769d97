"""Whether a folder can be used, without making it."""

from __future__ import annotations

import os
from pathlib import Path


def folder_problem(folder: Path) -> str | None:
    """None when the folder can be written, or made, else what is wrong; changes nothing."""
    wanted = folder.absolute()
    nearest = next(path for path in (wanted, *wanted.parents) if path.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK)
    return None if writable else f"nothing can be written in {nearest}"
