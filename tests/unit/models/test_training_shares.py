"""Networks of several recipes as one: nobody's logits drown the others', whatever their scale."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.shares import joined, joined_maps, one_scale, shares_of

RNG = np.random.default_rng(5)


def said(spread: float, *, folds: int = 3, films: int = 400, labels: int = 2) -> np.ndarray:
    """Logits (folds, films, labels) of one recipe's fold networks."""
    return spread * RNG.normal(size=(folds, films, labels))


def test_one_recipe_keeps_its_logits() -> None:
    alone = said(2.0)
    assert shares_of([alone]) == pytest.approx(np.ones((1, 2)))
    assert joined(shares_of([alone]), [alone]) == pytest.approx(alone)


def test_recipes_count_alike_whatever_their_scale() -> None:
    loud, quiet = said(4.0), said(1.0)
    shares = shares_of([loud, quiet])
    assert (shares[0] * loud.std((0, 1))) == pytest.approx(shares[1] * quiet.std((0, 1)), rel=0.05)
    assert shares.sum(0) == pytest.approx(np.full(2, 0.5 * 2.5 * (1 / 4 + 1)), rel=0.05)


def test_maps_are_joined_as_their_means_are() -> None:
    shares = np.array([[0.5, 0.25], [2.0, 1.0]])
    maps = [RNG.normal(size=(5, 2, 3, 3)).astype(np.float32) for _ in shares]
    logits = [each.mean((2, 3)).astype(np.float64) for each in maps]
    assert joined_maps(shares, maps).mean((2, 3)) == pytest.approx(joined(shares, logits), abs=1e-6)


def test_on_one_scale_no_fold_is_higher_or_wider_than_another() -> None:
    theirs = np.stack([3 * said(1.0)[0] + 2, said(1.0)[0] - 1])
    folds = np.arange(4000) % 2
    logits = np.where(folds[:, None] == 0, 3 * RNG.normal(size=(4000, 2)) + 2, RNG.normal(size=(4000, 2)) - 1)
    moved = one_scale(folds, logits, theirs)
    first, second = moved[folds == 0], moved[folds == 1]
    assert first.mean(0) == pytest.approx(second.mean(0), abs=0.25)
    assert first.std(0) == pytest.approx(second.std(0), rel=0.15)
