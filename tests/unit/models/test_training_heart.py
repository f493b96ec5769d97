"""What the width of the heart adds to the embedded expert's word on cardiomegaly."""

from __future__ import annotations

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops

from models.preprocess import Preprocessing, network_input
from models.training.films import LABELS
from models.training.heart import COLUMN, RANGE, Lean, crosswise, fit_lean, hearts, leaning
from tests.phantom import draw_phantom

RNG = np.random.default_rng(3)
SIZE, CELLS = 288, 9
FILM = network_input(draw_phantom(400, 360).astype(np.float32), Preprocessing(size=SIZE))
NOTHING = np.full_like(FILM, -1.0)
LEAN = Lean(weight=20.0, usual_pa=0.45, usual_ap=0.55)


def drawn(count: int) -> tuple[np.ndarray, ...]:
    """Targets that depend on a score, and twice as much on a ratio that is wider by 0.1 in AP films."""
    logits, ap = RNG.normal(size=count), (RNG.random(count) < 0.4).astype(float)
    ratios = 0.45 + 0.1 * ap + 0.05 * RNG.normal(size=count)
    odds = logits + 40 * (ratios - 0.45 - 0.1 * ap) - 1
    return (RNG.random(count) < 1 / (1 + np.exp(-odds))).astype(float), logits, ratios, ap


def test_the_lean_that_made_the_targets_is_found() -> None:
    lean = fit_lean(*drawn(20_000))
    assert lean.weight == pytest.approx(40, rel=0.1)
    assert (lean.usual_pa, lean.usual_ap) == pytest.approx((0.45, 0.55), abs=0.005)


def test_without_a_ratio_nothing_is_added() -> None:
    assert LEAN.shift(np.array([np.nan, 0.5]), np.array([0.0, 0.0])).tolist() == pytest.approx([0, 1])
    assert LEAN.shift(np.array([0.5, 0.5]), np.array([1.0, 0.5])).tolist() == pytest.approx([-1, 0])


def test_a_fold_leans_on_what_the_other_folds_taught() -> None:
    targets, logits, ratios, ap = drawn(400)
    folds = np.arange(400) % 4
    before = crosswise(targets, logits, ratios, ap, folds)
    targets[folds == 1] = 1 - targets[folds == 1]
    after = crosswise(targets, logits, ratios, ap, folds)
    np.testing.assert_array_equal(before[folds == 1], after[folds == 1])
    assert not np.allclose(before[folds == 2], after[folds == 2])


def test_a_chest_has_a_ratio_and_its_heart_a_place() -> None:
    found = hearts([FILM, NOTHING], SIZE, CELLS)
    assert RANGE[0] - 1e-6 <= found.ratios[0] <= RANGE[1]
    assert np.isnan(found.ratios[1])
    assert found.places.shape == (2, CELLS, CELLS)
    assert found.places.mean((1, 2)) == pytest.approx(1, abs=1e-4)
    assert found.places[0].max() > 3  # in few cells


def test_the_exported_network_leans_as_the_fold_networks_did() -> None:
    film, maps, ap = (
        ops.parameter(shape, np.float32) for shape in ([1, 1, SIZE, SIZE], [1, len(LABELS), CELLS, CELLS], [1, 1])
    )
    model = openvino.Model([leaning(maps.output(0), ap.output(0), film.output(0), LEAN)], [film, maps, ap])
    network = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    plain = RNG.normal(size=(1, len(LABELS), CELLS, CELLS)).astype(np.float32)
    measured = hearts([FILM, NOTHING], SIZE, CELLS)
    for number, input_ in enumerate((FILM, NOTHING)):
        (said,) = network([input_, plain, np.array([[0.25]], np.float32)]).values()
        moved = said.mean((2, 3)) - plain.mean((2, 3))
        (expected,) = LEAN.shift(measured.ratios[number : number + 1], np.array([0.25]))
        assert moved[0, COLUMN] == pytest.approx(expected, abs=1e-3)
        assert np.delete(moved[0], COLUMN) == pytest.approx(0, abs=1e-6)
        laid = (said - plain)[0, COLUMN]
        assert laid == pytest.approx(expected * measured.places[number], abs=1e-2)
