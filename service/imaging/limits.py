"""What one file may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from service.imaging.refusal import damaged, too_large

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Bounds on one file; the defaults take any chest film several times over.

    The largest films in use (a 43 cm plate at 0.1 mm) have 18 million pixels; ``max_pixels`` counts all frames of a
    file together. ``memory_bytes`` is the worker's whole address space, of which about 150 MiB are the interpreter
    and its libraries; ``timeout_s`` is wall-clock and also bounds the CPU time. An archive may not grow beyond
    ``max_archive_ratio`` times its size (black films of 16 bits shrink about a hundredfold, bombs a thousandfold).
    """

    max_bytes: int = 256 * MIB
    max_pixels: int = 64_000_000
    max_frames: int = 512
    max_inflated_bytes: int = 256 * MIB
    max_archive_members: int = 1000
    max_archive_bytes: int = 512 * MIB
    max_archive_ratio: int = 200
    timeout_s: float = 20.0
    memory_bytes: int = 2048 * MIB


def check_size(rows: int, columns: int, frames: int, limits: DecodeLimits) -> None:
    """Refuse a picture with no pixels, or with more frames or pixels, of all frames together, than ``limits``."""
    if rows < 1 or columns < 1 or frames < 1:
        raise damaged("it says it has no rows or no columns")
    if frames > limits.max_frames:
        raise too_large(f"it holds {frames} frames", f"{limits.max_frames}")
    if rows * columns * frames > limits.max_pixels:
        size = f"{columns} x {rows} pixels" + (f" in {frames} frames" if frames > 1 else "")
        raise too_large(f"it has {size}", f"{limits.max_pixels // 1_000_000} million in all")
