"""How a data set lays out its pixels (Image Pixel module, PS3.3 C.7.6.3), checked before a byte of them is read."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from service.imaging.dicom_values import integer, text
from service.imaging.limits import DecodeLimits, check_size
from service.imaging.refusal import damaged

GRAY = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
SUBSAMPLED = ("YBR_FULL_422", "YBR_PARTIAL_422")
_ALLOCATED = (1, 8, 16, 32)


@dataclass(frozen=True, slots=True)
class Layout:
    """The pixels of one data set; ``stored`` bits of ``allocated`` are significant, the highest being ``high_bit``."""

    syntax: str
    rows: int
    columns: int
    frames: int
    samples: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    planar: bool
    photometric: str

    @property
    def is_gray(self) -> bool:
        """One sample a pixel that is a grey value."""
        return self.samples == 1 and self.photometric in GRAY

    @property
    def range(self) -> tuple[int, int]:
        """Least and greatest stored value that the bits can hold."""
        if self.signed:
            return -(1 << self.stored - 1), (1 << self.stored - 1) - 1
        return 0, (1 << self.stored) - 1


def layout_of(dataset: Dataset, syntax: str, limits: DecodeLimits) -> Layout:
    """Read the layout. Raises RefusalError when it makes no image or exceeds the limits.

    Missing or impossible Bits Stored and High Bit are taken to use all the bits allocated, from the lowest.
    """
    rows, columns = integer(dataset, "Rows", 0), integer(dataset, "Columns", 0)
    frames = max(integer(dataset, "NumberOfFrames", 1), 1)
    check_size(rows, columns, frames, limits)
    allocated = integer(dataset, "BitsAllocated", 0)
    if allocated not in _ALLOCATED:
        raise damaged("it does not say validly how many bits a pixel has")
    stored = integer(dataset, "BitsStored", allocated)
    stored = stored if 0 < stored <= allocated else allocated
    high_bit = integer(dataset, "HighBit", stored - 1)
    photometric = _photometric(dataset)
    return Layout(
        syntax=syntax,
        rows=rows,
        columns=columns,
        frames=frames,
        samples=_samples(dataset, photometric),
        allocated=allocated,
        stored=stored,
        high_bit=high_bit if stored - 1 <= high_bit < allocated else stored - 1,
        signed=integer(dataset, "PixelRepresentation", 0) == 1 and stored > 1,
        planar=integer(dataset, "PlanarConfiguration", 0) == 1,
        photometric=photometric,
    )


def _photometric(dataset: Dataset) -> str:
    photometric = text(dataset, "PhotometricInterpretation").upper()
    if photometric not in (*GRAY, PALETTE, *COLOUR):
        raise damaged("it does not say validly whether its pixels are grey or coloured")
    return photometric


def _samples(dataset: Dataset, photometric: str) -> int:
    expected = 3 if photometric in COLOUR else 1
    samples = integer(dataset, "SamplesPerPixel", expected)
    if samples != expected:
        raise damaged("its number of colours contradicts its kind of pixels")
    return samples
