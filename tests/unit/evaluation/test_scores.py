from __future__ import annotations

import numpy as np
import pytest

from service.evaluation.scores import table

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(3)
TRUTH = RNG.random((80, 3)) < 0.3
SAID = TRUTH ^ (RNG.random((80, 3)) < 0.15)


def test_figures_of_a_table_counted_by_hand() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0]], dtype=bool)
    said = np.array([[1, 0], [0, 0], [1, 1], [0, 1], [1, 1]], dtype=bool)
    a, b, micro, macro = table(("a", "b"), truth, said)
    figures = [(row.precision.value, row.recall.value, row.f1.value) for row in (a, b, micro, macro)]
    assert figures == [
        pytest.approx((2 / 3, 2 / 3, 2 / 3)),
        pytest.approx((2 / 3, 1, 4 / 5)),
        pytest.approx((4 / 6, 4 / 5, 8 / 11)),
        pytest.approx((2 / 3, 5 / 6, 11 / 15)),
    ]
    assert [row.positives for row in (a, b, micro)] == [3, 2, 5]


def test_intervals_hold_the_value_and_repeat_with_the_seed() -> None:
    rows = table(NAMES, TRUTH, SAID)
    assert rows == table(NAMES, TRUTH, SAID)
    for row in rows:
        assert 0 <= row.f1.low <= row.f1.value <= row.f1.high <= 1
        assert row.f1.low < row.f1.high


def test_a_perfect_labeler_has_ones_and_a_label_that_is_nowhere_zero() -> None:
    truth = np.array([[True, False], [False, False], [True, False]])
    perfect, nowhere, micro, macro = table(("a", "b"), truth, truth)
    assert (perfect.f1.value, nowhere.f1.value, micro.f1.value, macro.f1.value) == (1, 0, 1, 0.5)
    assert perfect.positives == 2
