"""DICOM bytes to a data set: Part 10, and the files that lost their preamble or their meta header on the way."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Literal

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

from service.imaging.codecs import DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from service.imaging.dicom_values import text
from service.imaging.limits import DecodeLimits
from service.imaging.refusal import RefusalError, damaged

_PREAMBLE = 128
_MAGIC = b"DICM"
_ELEMENT_HEAD = 8
_META_GROUP = b"\x02\x00"
_BARE_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x08")
_HIGHEST_FIRST_ELEMENT = 0x0070  # a group 2 or 8 that starts later (than Manufacturer, say) is no data set


@dataclass(frozen=True, slots=True)
class Parsed:
    """A data set and how it was encoded; ``syntax`` is the transfer syntax, guessed where there is no meta header."""

    dataset: Dataset
    syntax: str
    little_endian: bool


def looks_like_dicom(data: bytes) -> bool:
    """Whether the bytes are DICOM: by the magic, or by a first element that only a data set would start with."""
    if data[_PREAMBLE : _PREAMBLE + 4] == _MAGIC or data.startswith(_MAGIC):
        return True
    if len(data) < _ELEMENT_HEAD or not data.startswith(_BARE_STARTS):
        return False
    order: Literal["big", "little"] = "big" if data[0] == 0 else "little"
    explicit = data[4:6].isalpha() and data[4:6].isupper()
    fits = explicit or int.from_bytes(data[4:8], order) <= len(data)
    return fits and int.from_bytes(data[2:4], order) <= _HIGHEST_FIRST_ELEMENT


def parse(data: bytes, limits: DecodeLimits) -> Parsed:
    """Read a data set. Raises RefusalError, or whatever pydicom raises on broken structure.

    Sequences nested beyond Python's recursion limit end in RecursionError, which is caught here; what a deflated
    data set inflates to is bounded by ``limits``.
    """
    try:
        with config.disable_value_validation():
            return _parsed(data, limits)
    except RecursionError as error:
        raise damaged("its elements are nested far too deeply") from error


def _parsed(data: bytes, limits: DecodeLimits) -> Parsed:
    source = io.BytesIO(data)
    source.seek(_start(data))
    syntax = _transfer_syntax(source, data)
    if syntax == DEFLATED:
        source = io.BytesIO(_inflate(data[source.tell() :], limits.max_inflated_bytes))
    little_endian = syntax != EXPLICIT_BIG
    dataset = read_dataset(source, is_implicit_VR=syntax == IMPLICIT_LITTLE, is_little_endian=little_endian)
    return Parsed(dataset, syntax, little_endian)


def _start(data: bytes) -> int:
    if data[_PREAMBLE : _PREAMBLE + 4] == _MAGIC:
        return _PREAMBLE + 4
    return 4 if data.startswith(_MAGIC) else 0


def _transfer_syntax(source: io.BytesIO, data: bytes) -> str:
    """Read the meta header, always explicit little endian, and leave ``source`` behind it."""
    start = source.tell()
    if data[start : start + 2] == _META_GROUP:
        meta = read_dataset(source, is_implicit_VR=False, is_little_endian=True, stop_when=_after_meta)
        syntax = text(meta, "TransferSyntaxUID")
        if syntax:
            return syntax
        start = source.tell()
    return _guessed_syntax(data[start : start + 6])


def _after_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return bool(tag.group != 2)  # noqa: PLR2004 - File Meta Information's group


def _guessed_syntax(first: bytes) -> str:
    """By the first element: the order of its group's bytes, and whether two capital letters follow its tag."""
    if first[:1] == b"\0":
        return EXPLICIT_BIG
    return EXPLICIT_LITTLE if first[4:6].isalpha() and first[4:6].isupper() else IMPLICIT_LITTLE


def _inflate(deflated: bytes, bound: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(deflated, bound + 1)
    except zlib.error as error:
        raise damaged("its compressed data set is broken") from error
    if len(data) > bound:
        raise RefusalError("too-large", "The file unpacks to far more than a film. Send a single film.")
    if not inflater.eof:
        raise damaged("its compressed data set is cut short")
    return data
