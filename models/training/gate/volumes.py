"""Volumes out of other packages: read them, cut slices, and shine through them (digitally reconstructed radiographs).

A reconstructed radiograph is the line integral of the attenuation along parallel rays; shown as it is, bright is dense.
"""

from __future__ import annotations

import gzip
import plistlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
WINDOWS = ((-600.0, 1500.0), (40.0, 400.0), (300.0, 1500.0))
"""Centre and width in Hounsfield units of the usual windows: lung, soft tissue, bone."""

NIFTI_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2"}
"""NIfTI-1's ``datatype`` codes."""


@dataclass(frozen=True, slots=True)
class Volume:
    """``voxels`` (slices, rows, columns), first slice at the top of the body; ``aspect`` = slice step / pixel step."""

    voxels: Plane
    aspect: float = 1.0


def read_nifti(path: Path) -> Volume:
    """Read a NIfTI-1 file, gzip or not (its header: 348 bytes, little endian)."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    dim = np.frombuffer(data, "<i2", 8, 40)
    kind = int(np.frombuffer(data, "<i2", 1, 70)[0])
    step = np.frombuffer(data, "<f4", 8, 76)
    columns, rows, slices = (int(size) for size in dim[1:4])
    start = int(np.frombuffer(data, "<f4", 1, 108)[0])
    voxels = np.frombuffer(data, "<" + NIFTI_TYPES[kind], columns * rows * slices, start)
    return Volume(voxels.reshape(slices, rows, columns)[::-1, ::-1].astype(np.float32), float(step[3] / step[1]))


def read_dicom(paths: Sequence[Path]) -> Volume:
    """Read one CT series in Hounsfield units, from the head down."""
    import pydicom  # noqa: PLC0415 - only this reader needs it: the training environment may lack it

    slices = [pydicom.dcmread(path) for path in paths]
    slices.sort(key=lambda one: -float(one.ImagePositionPatient[2]))
    scaled = [one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept) for one in slices]
    step = abs(float(slices[0].ImagePositionPatient[2]) - float(slices[1].ImagePositionPatient[2]))
    return Volume(np.stack(scaled).astype(np.float32), step / float(slices[0].PixelSpacing[0]))


def read_invesalius(path: Path) -> Volume:
    """Read the volume of an unpacked InVesalius project by its ``main.plist``, in Hounsfield units."""
    project = plistlib.loads(path.read_bytes())
    matrix, step = project["matrix"], project["spacing"]
    voxels = np.fromfile(path.parent / matrix["filename"], matrix["dtype"]).reshape(matrix["shape"])
    return Volume(voxels[::-1].astype(np.float32), step[2] / step[0])


def upright(plane: Plane, aspect: float) -> Plane:
    """Repeat or drop rows so that pixels are square: (slices, n) to (slices * aspect, n)."""
    rows = np.clip(np.arange(round(len(plane) * aspect)) / aspect, 0, len(plane) - 1).astype(int)
    return np.asarray(plane[rows])


def slices_of(volume: Volume, axis: int, count: int) -> list[Plane]:
    """``count`` slices across an axis (0 axial, 1 coronal, 2 sagittal), from the middle 80% of it."""
    size = volume.voxels.shape[axis]
    picked = np.linspace(0.1 * size, 0.9 * size - 1, count).astype(int)
    planes = [np.take(volume.voxels, index, axis) for index in picked]
    return planes if axis == 0 else [upright(plane, volume.aspect) for plane in planes]


def windowed(plane: Plane, centre: float, width: float) -> Plane:
    """Hounsfield units through a display window, in [0, 1]."""
    return np.asarray(np.clip((plane - np.float32(centre)) / np.float32(width) + np.float32(0.5), 0, 1))


def radiograph(volume: Volume, degrees: float, top: float = 0.0, bottom: float = 1.0) -> Plane:
    """Shine through a CT volume turned by ``degrees`` about the long axis: 0 frontal, 90 lateral.

    ``top`` and ``bottom`` are the shares of the height that are shown.
    """
    slices, rows, columns = volume.voxels.shape
    part = volume.voxels[int(top * slices) : max(int(bottom * slices), 2), ::2, ::2]
    attenuation = np.clip(part / 1000 + 1, 0, 3)
    angle = np.deg2rad(degrees)
    y, x = np.mgrid[: rows // 2, : columns // 2].astype(np.float32)
    y, x = y - rows / 4, x - columns / 4
    across = (x * np.cos(angle) - y * np.sin(angle) + columns / 4).round().astype(int)
    along = (x * np.sin(angle) + y * np.cos(angle) + rows / 4).round().astype(int)
    inside = (across >= 0) & (across < columns // 2) & (along >= 0) & (along < rows // 2)
    turned = attenuation[:, np.where(inside, along, 0), np.where(inside, across, 0)] * inside
    return upright(turned.sum(axis=1), volume.aspect / 2)
