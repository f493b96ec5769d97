"""Where to draw the lines, from what networks said of pictures that they were not shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.figures import rounded
from models.gate.eye import look_of
from models.gate.judge import Points
from models.training.gate.pool import FRONTAL, Pool

STOPPED, DOUBTED = 0.01, 0.03
"""Shares of the held-out frontal films that may be stopped, and doubted."""

CHILD_FALSE = 0.02
"""Share of the held-out adults that may be taken for a child."""

SURE = 0.95
"""Share of the held-out films called PA (or AP) that must be so."""

SURELY, LIKELY = 0.95, 0.5
"""Shares from which on a film is stopped as turned, and doubted as turned or inverted: at the network's word."""

Shares = NDArray[np.float64]


def shares_of(logits: NDArray[np.float32], pick: Callable[..., float]) -> Shares:
    """One share a picture: ``pick`` takes it from what the eye saw."""
    return np.array([pick(look_of(row)) for row in logits])


def least_sure(truth: NDArray[np.bool_], shares: Shares) -> float:
    """Lowest share from which on at least SURE of the films are what they are called; 1 where there is none."""
    order = np.argsort(-shares)
    precision = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= SURE)
    return float(shares[order][good[-1]]) if len(good) else 1.0


def choose(pool: Pool, upright: NDArray[np.float32]) -> Points:
    """Operating points; ``upright`` are the out-of-fold logits (pictures, OUTPUTS) of every picture as it is."""
    frontal = shares_of(upright[pool.column("kind") == FRONTAL], lambda look: look.frontal)
    adults = (pool.column("child") == 0) & (pool.column("family") == "nih")
    viewed = pool.column("ap") >= 0
    is_ap = pool.column("ap")[viewed] == 1
    ap = shares_of(upright[viewed], lambda look: look.ap)
    return Points(
        stop=rounded(np.quantile(frontal, STOPPED)),
        doubt=rounded(np.quantile(frontal, DOUBTED)),
        turned_stop=SURELY,
        turned_doubt=LIKELY,
        inverted=LIKELY,
        child=rounded(np.quantile(shares_of(upright[adults], lambda look: look.child), 1 - CHILD_FALSE)),
        pa=rounded(1 - least_sure(~is_ap, 1 - ap)),
        ap=rounded(least_sure(is_ap, ap)),
    )
