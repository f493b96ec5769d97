"""Reading values of a data set that may hold anything: what cannot be read is as if it were absent."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    OSError,
    struct.error,
)
"""What pydicom raises when it converts a broken element on access."""


def value(dataset: Dataset, keyword: str) -> Any:  # noqa: ANN401 - any value of a data set
    """Return an element's value, or None."""
    try:
        return dataset.get(keyword)
    except UNREADABLE:
        return None


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element's first value as stripped text, empty when absent."""
    found = value(dataset, keyword)
    if isinstance(found, list | MultiValue):
        found = found[0] if found else None
    return "" if found is None else str(found).strip("\0 ").strip()


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return all values of an element as stripped text."""
    found = value(dataset, keyword)
    if found is None or isinstance(found, bytes):
        return []
    return [str(item).strip() for item in ([found] if isinstance(found, str) else _many(found))]


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return all values of an element as finite numbers; empty when one of them is none."""
    try:
        found = [float(item) for item in _many(value(dataset, keyword))]
    except UNREADABLE:
        return []
    return found if all(map(math.isfinite, found)) else []


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an element's first value as a finite number, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: Dataset, keyword: str, default: int) -> int:
    """Return an element's first value as an integer."""
    found = number(dataset, keyword)
    return default if found is None else int(found)


def words(dataset: Dataset, keyword: str, *, little_endian: bool) -> NDArray[np.uint16]:
    """Return 16-bit words however they came: as bytes, or as numbers of US or SS."""
    found = value(dataset, keyword)
    if isinstance(found, bytes):
        return np.frombuffer(found[: len(found) // 2 * 2], "<u2" if little_endian else ">u2").astype(np.uint16)
    return np.array([int(item) & 0xFFFF for item in _many(found)], dtype=np.uint16)


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return a sequence's items, none when it is absent or broken."""
    found = value(dataset, keyword)
    return list(found) if isinstance(found, Sequence) else []


def macro(dataset: Dataset, frame: int, keyword: str) -> Dataset:
    """Return what holds a functional group's attributes for a frame (PS3.3 C.7.6.16).

    The frame's own group, else the group shared by all frames, else the data set itself.
    """
    return next(_groups(dataset, frame, keyword), dataset)


def _groups(dataset: Dataset, frame: int, keyword: str) -> Iterator[Dataset]:
    own = items(dataset, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    for group in (*own, *items(dataset, "SharedFunctionalGroupsSequence")[:1]):
        yield from items(group, keyword)[:1]


def _many(found: Any) -> list[Any]:  # noqa: ANN401 - any value of a data set
    if found is None or found == "":
        return []
    return list(found) if isinstance(found, list | MultiValue) else [found]
