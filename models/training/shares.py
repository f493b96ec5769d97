"""How much each recipe's network counts in a label, and what they say together. No torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.statistics import Floats, Rows


def shares_of(theirs: Sequence[Floats]) -> Floats:
    """Shares (recipes, labels) that let every recipe count alike in a label.

    Of each recipe, ``theirs`` is (folds, unseen films, labels). Logits times their share spread alike over the unseen
    films, and their sum is about as wide as any one's: the share of a single recipe is 1. No label of any film is used.
    """
    spread = np.stack([np.sqrt(each.var(axis=1).mean(axis=0)) for each in theirs])
    return np.asarray(spread.mean(axis=0) / (spread * len(theirs)))


def joined(shares: Floats, said: Sequence[Floats]) -> Floats:
    """Return the logits (..., labels) of all recipes as one's."""
    return np.asarray(sum(share * each for share, each in zip(shares, said, strict=True)))


def joined_maps(shares: Floats, maps: Sequence[NDArray[np.float32]]) -> Floats:
    """Return the maps (films, labels, rows, columns) of all recipes as one's."""
    return np.asarray(sum(share[:, None, None] * each for share, each in zip(shares, maps, strict=True)))


def one_scale(folds: Rows, logits: Floats, theirs: Floats) -> Floats:
    """Return out-of-fold logits (films, labels) as if one network had said them all.

    Each fold network's logits are moved, label by label, to the five networks' common mean and standard deviation on
    films that none of them saw, ``theirs`` (folds, unseen films, labels); ``folds`` (films,) are the films' own. No
    label of any film is used.
    """
    means, deviations = theirs.mean(axis=1), theirs.std(axis=1)
    common = np.sqrt((deviations**2).mean(axis=0))
    return np.asarray((logits - means[folds]) / deviations[folds] * common + means.mean(axis=0))
