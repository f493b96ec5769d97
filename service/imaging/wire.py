"""Decoded files and archive members as a message's header and payload, and back.

``read_*`` run in the service on what a worker sent: they trust nothing and raise BrokenMessageError.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, TypeVar, cast, get_args

import numpy as np
from numpy.typing import NDArray

from service.domain.errors import FileRejected
from service.imaging.exchange import BrokenMessageError, Header, aligned, floats
from service.imaging.pixels import DecodedFile, PixelImage, SourceFile, StoredRange, View
from service.imaging.voi import Preset, Voi, VoiFunction, VoiLut, Window

T = TypeVar("T")


class _Payload:
    """Collects chunks and hands out their offsets; the same array is sent once."""

    def __init__(self) -> None:
        self.chunks: list[memoryview] = []
        self._end = 0
        self._offsets: dict[int, int] = {}

    def add(self, array: NDArray[np.float32]) -> dict[str, Any]:
        if id(array) not in self._offsets:
            self._offsets[id(array)] = self.append(np.ascontiguousarray(array, np.float32).data)
        return {"offset": self._offsets[id(array)], "shape": list(array.shape)}

    def append(self, chunk: memoryview) -> int:
        start = self._end
        self.chunks.append(chunk)
        self._end = aligned(start + chunk.nbytes)
        return start


def write_rejection(error: FileRejected) -> tuple[Header, list[memoryview]]:
    """Encode a refusal."""
    return {"rejected": [error.file_name, error.code, error.detail]}, []


def write_decoded(file: DecodedFile) -> tuple[Header, list[memoryview]]:
    """Encode a decoded file."""
    payload = _Payload()
    images = [_image_header(image, payload) for image in file.images]
    header = {"name": file.file_name, "format": file.format, "images": images, "known": sorted(file.identifiers)}
    return header, payload.chunks


def write_members(members: list[SourceFile]) -> tuple[Header, list[memoryview]]:
    """Encode an archive's members."""
    payload = _Payload()
    files = [[member.name, payload.append(memoryview(member.data)), len(member.data)] for member in members]
    return {"files": files}, payload.chunks


def read_decoded(header: Header, payload: memoryview) -> DecodedFile:
    """Decode a decoded file. Raises FileRejected when that is what the worker sent."""
    return _guarded(_decoded, header, payload)


def read_members(header: Header, payload: memoryview) -> list[SourceFile]:
    """Decode an archive's members. Raises FileRejected when that is what the worker sent."""
    return _guarded(_members, header, payload)


def _guarded(read: Callable[[Header, memoryview], T], header: Header, payload: memoryview) -> T:
    try:
        if "rejected" in header:
            name, code, detail = map(str, header["rejected"])
            raise FileRejected(name, code, detail)
        return read(header, payload)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BrokenMessageError("fields missing or of the wrong type") from error


def _decoded(header: Header, payload: memoryview) -> DecodedFile:
    images = tuple(_image(entry, payload) for entry in header["images"])
    if not images or header["format"] not in ("dicom", "png", "jpeg", "tiff"):
        raise BrokenMessageError("no image")
    return DecodedFile(str(header["name"]), header["format"], images, frozenset(map(str, header["known"])))


def _members(header: Header, payload: memoryview) -> list[SourceFile]:
    return [SourceFile(str(name), bytes(payload[offset : offset + size])) for name, offset, size in header["files"]]


def _image_header(image: PixelImage, payload: _Payload) -> Header:
    stored = image.stored
    return {
        "pixels": payload.add(image.pixels),
        "stored": [stored.minimum, stored.maximum, stored.mean],
        "frame": image.frame,
        "spacing_mm": image.spacing_mm,
        "orientation": image.orientation,
        "window": image.window and _voi_header(image.window, payload),
        "view": image.view,
        "modality": image.modality,
        "tags": dict(image.tags),
        "levels": image.levels,
        "presets": [[preset.name, _voi_header(preset.window, payload)] for preset in image.presets],
    }


def _image(entry: Header, payload: memoryview) -> PixelImage:
    return PixelImage(
        pixels=_array(entry["pixels"], payload, dimensions=2),
        stored=StoredRange(*map(float, entry["stored"])),
        frame=int(entry["frame"]),
        spacing_mm=_pair(float, entry["spacing_mm"]),
        orientation=_pair(str, entry["orientation"]),
        window=_voi(entry["window"], payload) if entry["window"] else None,
        view=_view(entry["view"]),
        modality=None if entry["modality"] is None else str(entry["modality"]),
        tags=MappingProxyType({str(key): str(value) for key, value in entry["tags"].items()}),
        levels=_pair(float, entry["levels"]),
        presets=tuple(Preset(_window(window), name and str(name)) for name, window in entry["presets"]),
    )


def _array(entry: Header, payload: memoryview, dimensions: int) -> NDArray[np.float32]:
    shape = tuple(int(side) for side in entry["shape"])
    if len(shape) != dimensions:
        raise BrokenMessageError("an array of the wrong shape")
    return floats(payload, int(entry["offset"]), shape)


def _view(value: Any) -> View | None:  # noqa: ANN401 - JSON
    if value is None or value in get_args(View):
        return cast("View | None", value)
    raise BrokenMessageError("an unknown view")


def _pair(kind: Callable[[Any], T], value: Any) -> tuple[T, T] | None:  # noqa: ANN401 - JSON
    if value is None:
        return None
    first, second = value
    return kind(first), kind(second)


def _voi_header(voi: Voi, payload: _Payload) -> Header:
    if isinstance(voi, VoiLut):
        return {"first": voi.first, "table": payload.add(voi.table)}
    return {"center": voi.center, "width": voi.width, "function": voi.function.value}


def _voi(entry: Header, payload: memoryview) -> Voi:
    if "table" in entry:
        return VoiLut(float(entry["first"]), _array(entry["table"], payload, dimensions=1))
    return _window(entry)


def _window(entry: Header) -> Window:
    return Window(float(entry["center"]), float(entry["width"]), VoiFunction(entry["function"]))
