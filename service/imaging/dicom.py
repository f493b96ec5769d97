"""A DICOM file to images: parse, refuse what is no film, then each frame from stored values to bright = dense."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from service.imaging.codecs import Frame
from service.imaging.deidentify import identifiers, load, safe_modality, safe_tags
from service.imaging.dicom_dataset import Parsed, looks_like_dicom, parse
from service.imaging.dicom_frames import frames_of
from service.imaging.dicom_geometry import orientation_of, spacing_of, view_of
from service.imaging.dicom_gray import grayscale
from service.imaging.dicom_layout import Layout, layout_of
from service.imaging.dicom_values import text
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import PixelImage, StoredRange
from service.imaging.refusal import RefusalError

_PIXEL_DATA_TAGS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")  # (7FE0,0010) in either byte order
__all__ = ["decode_dicom", "looks_like_dicom"]


def decode_dicom(data: bytes, limits: DecodeLimits) -> tuple[tuple[PixelImage, ...], frozenset[str]]:
    """Decode every frame; return the images and the file's identifiers.

    Raises RefusalError, or what pydicom raises on broken structure.
    """
    parsed = parse(data, limits)
    refuse_other_objects(parsed.dataset)
    if "PixelData" not in parsed.dataset:
        raise _without_pixels(data)
    layout = layout_of(parsed.dataset, parsed.syntax, limits)
    about = _about(parsed.dataset)
    frames = enumerate(frames_of(parsed, layout))
    images = tuple(_image(parsed, layout, number, frame, about) for number, frame in frames)
    refuse_constant(images, parsed.dataset)
    return images, identifiers(parsed.dataset)


def refuse_other_objects(dataset: Dataset) -> None:
    """Refuse, by its name, what is no image: reports, segmentations, plans, documents (``data/objects.toml``)."""
    rules = load("objects.toml")
    sop_class = text(dataset, "SOPClassUID")
    prefixes = [prefix for prefix in rules["sop_classes"] if f"{sop_class}.".startswith(f"{prefix.rstrip('.')}.")]
    if prefixes:
        what = rules["sop_classes"][max(prefixes, key=len)]
    else:
        what = rules["modality_names"].get(text(dataset, "Modality").upper())
    if what:
        detail = f"This is {what}, not an image. Send the film itself (a CR, DX or secondary capture image)."
        raise RefusalError("not-an-image-object", detail)


def refuse_constant(images: tuple[PixelImage, ...], dataset: Dataset) -> None:
    """Refuse a file of which every frame is a single value, if it is or may be a projection radiograph.

    An object that says it is something else (CT, MR, US, ...) is kept as sent: no expert reads it, and to its sender an
    empty slice may be part of a series.
    """
    if text(dataset, "Modality").upper() in load("objects.toml")["not_projection"]:
        return
    if all(image.stored.minimum == image.stored.maximum for image in images):
        raise RefusalError("constant-image", "Every pixel of this image is the same: no film. Check what was exported.")


def _without_pixels(data: bytes) -> RefusalError:
    """Tell a film that was cut short from an object that never had pixels: the one still has their tag."""
    if any(tag in data for tag in _PIXEL_DATA_TAGS):
        detail = "The file was cut short: it ends before its pixel data does. Send it again."
    else:
        detail = "The file holds no image: it has no pixel data. Send the film itself."
    return RefusalError("no-pixel-data", detail)


def _image(parsed: Parsed, layout: Layout, number: int, frame: Frame, about: dict[str, Any]) -> PixelImage:
    stored = frame.samples
    gray = grayscale(parsed, layout, number, frame)
    return PixelImage(
        pixels=gray.pixels,
        stored=StoredRange(float(stored.min()), float(stored.max()), float(stored.mean(dtype=np.float64))),
        frame=number,
        spacing_mm=spacing_of(parsed.dataset, number),
        window=gray.window,
        presets=gray.presets,
        levels=gray.levels,
        **about,
    )


def _about(dataset: Dataset) -> dict[str, Any]:
    """Return the fields that all frames of a file share."""
    return {
        "orientation": orientation_of(dataset),
        "view": view_of(dataset),
        "modality": safe_modality(dataset),
        "tags": safe_tags(dataset),
    }
