from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from service.imaging.pixels import PixelImage, StoredRange
from service.imaging.samples import Samples, samples_of
from service.imaging.tag_names import tag_name


def film(values: NDArray[np.generic]) -> PixelImage:
    return PixelImage(values.astype(np.float32), StoredRange(0, 1, 0))


def back(samples: Samples, shape: tuple[int, ...]) -> NDArray[np.float64]:
    stored = np.frombuffer(samples.data, dtype="<u2").reshape(shape).astype(np.float64)
    return stored * samples.slope + samples.intercept


@pytest.mark.parametrize(
    ("low", "high", "bits"), [(0, 4095, 12), (0, 255, 8), (-1024, 3071, 12), (0, 65535, 16), (7, 8, 1), (100, 4195, 12)]
)
def test_whole_numbers_are_kept_exactly(low: int, high: int, bits: int) -> None:
    values = np.random.default_rng(0).integers(low, high + 1, (300, 17))
    values[0, 0], values[-1, -1] = low, high
    samples = samples_of(film(values))
    assert (samples.slope, samples.intercept, samples.bits) == (1.0, low, bits)
    assert np.array_equal(back(samples, values.shape), values)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.5, 8.25), (0.0, 1e6), (1e-6, 2e-6)])
def test_other_numbers_are_kept_to_a_65536th_of_their_range(low: float, high: float) -> None:
    values = np.random.default_rng(1).uniform(low, high, (257, 3)).astype(np.float32)
    samples = samples_of(film(values))
    assert samples.bits == 16
    step = (high - low) / 65535
    assert np.abs(back(samples, values.shape) - values).max() <= step
    assert np.frombuffer(samples.data, dtype="<u2").max() == 65535


def test_whole_numbers_beyond_16_bits_are_scaled() -> None:
    samples = samples_of(film(np.array([[0, 65536]])))
    assert samples.slope > 1


def test_the_samples_are_little_endian_and_row_by_row() -> None:
    assert samples_of(film(np.array([[0, 1], [256, 2]]))).data == bytes([0, 0, 1, 0, 0, 1, 2, 0])


def test_an_attribute_has_its_number_and_name() -> None:
    assert tag_name("KVP") == ("(0018,0060)", "KVP")
    assert tag_name("PatientAge") == ("(0010,1010)", "Patient's Age")
    assert tag_name("SourceFormat") == (None, "SourceFormat")
