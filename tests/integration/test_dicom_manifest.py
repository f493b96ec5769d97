"""Every real file of the manifest gives the image it says, or a refusal for the reason it says."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from service.domain.errors import FileRejected
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import display
from service.imaging.sandbox import DecodeSandbox

LOSSY_TOLERANCE = 2.0  # grey levels: decoders of lossy streams may round differently
FITTING = {
    "undecodable pixel data": {"undecodable-pixel-data", "unsupported-transfer-syntax"},
    "no pixel data": {"no-pixel-data", "not-an-image-object"},  # reports and structure sets are refused by name
    "not an image object: SEG": {"not-an-image-object"},
}
Row = dict[str, str]


@pytest.fixture
async def sandbox() -> AsyncIterator[DecodeSandbox]:
    box = DecodeSandbox(DecodeLimits())
    await box.start()
    yield box
    await box.aclose()


@pytest.mark.films
async def test_every_file_of_the_manifest(sandbox: DecodeSandbox, shared_data: Path) -> None:
    folder = shared_data / "dicom"
    with (folder / "manifest.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    wrong = {row["file"]: what for row in rows if (what := await _wrong(sandbox, folder, row))}
    assert len(rows) >= 111
    assert not wrong


async def _wrong(sandbox: DecodeSandbox, folder: Path, row: Row) -> str:
    """Say in what a file differs from its row; empty when it does not."""
    try:
        images = (await sandbox.decode((folder / row["file"]).read_bytes(), row["file"])).images
    except FileRejected as error:
        fits = row["expect"] == "refuse" and error.code in FITTING[row["reason"]]
        return "" if fits else f"refused: {error.code}"
    if row["expect"] != "image":
        return "not refused"
    first = images[0]
    size = (first.rows, first.columns, len(images))
    if size != (int(row["rows"]), int(row["cols"]), int(row["frames"])):
        return f"size {size}"
    tolerance = 0.001 if row["exact"] == "yes" else LOSSY_TOLERANCE
    stored = (first.stored.minimum, first.stored.maximum, first.stored.mean)
    expected = [float(row[key]) for key in ("stored_min", "stored_max", "stored_mean")]
    if not np.allclose(stored, expected, rtol=0, atol=tolerance):
        return f"stored {stored}"
    return "" if all(np.isfinite(display(image)).all() for image in images) else "cannot be shown"
