"""The gate's ``card.json``: operating points, and how well the networks did on what they were not shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.gate.eye import look_of
from models.gate.judge import Points, doubt_reasons, stop_reasons, view_of
from models.statistics import auc, interval
from models.training.gate.folds import VARIANTS, HeldOut
from models.training.gate.pool import UNKNOWN, Pool

VERSION = "1.0.0"
Logits = NDArray[np.float32]


def verdict(logits: Logits, points: Points) -> str:
    """Say what the gate would say of one picture, from its picture alone: stop, doubtful or pass."""
    look = look_of(logits)
    if stop_reasons(look, points):
        return "stop"
    return "doubtful" if doubt_reasons(look, points) else "pass"


def families(pool: Pool, upright: Logits, points: Points) -> dict[str, dict[str, int]]:
    """Verdicts on each set of films and family of other pictures."""
    names = pool.column("family")
    return {
        str(family): dict(Counter(verdict(row, points) for row in upright[names == family]))
        for family in np.unique(names)
    }


def turned(logits: Logits, points: Points) -> dict[str, dict[str, int]]:
    """Verdicts on held-out frontal films, (films, VARIANTS, OUTPUTS), by how they were shown."""
    return {
        f"turned {90 * turns} degrees{', inverted' if inverted else ''}": dict(
            Counter(verdict(row, points) for row in logits[:, column])
        )
        for column, (turns, inverted) in enumerate(VARIANTS)
    }


def separation(pool: Pool, upright: Logits, name: str, column: int, *, nih_only: bool) -> dict[str, Any]:
    """AUC of a yes-or-no output, with its interval (95%, bootstrap by patient)."""
    rows = (pool.column(name) != UNKNOWN) & ((pool.column("family") == "nih") | (not nih_only))
    truth, scores = (pool.column(name)[rows] == 1).astype(np.float64), upright[rows, column].astype(np.float64)
    patients = np.unique(pool.column("patient")[rows], return_inverse=True)[1]
    low, high = interval(lambda drawn: np.array([auc(truth[drawn], scores[drawn])]), patients)
    return {
        "films": int(rows.sum()),
        "positive": int(truth.sum()),
        "auc": round(auc(truth, scores), 4),
        "auc_interval": [round(float(low[0]), 4), round(float(high[0]), 4)],
    }


def child_false(pool: Pool, upright: Logits, points: Points) -> float:
    """Share of the NIH adults that are taken for children."""
    adults = (pool.column("child") == 0) & (pool.column("family") == "nih")
    return round(float(np.mean([look_of(row).child >= points.child for row in upright[adults]])), 4)


def views(pool: Pool, upright: Logits, points: Points) -> dict[str, dict[str, int]]:
    """Count what the picture's projection is said to be, by what the manifest says."""
    result = {}
    for value, name in ((0, "PA"), (1, "AP")):
        rows = upright[pool.column("ap") == value]
        result[name] = dict(Counter(view_of(look_of(row), points) or "unsure" for row in rows))
    return result


def card_of(pool: Pool, seen: HeldOut, points: Points, digest: str) -> dict[str, Any]:
    """Everything but the hashes of the files."""
    upright = seen.upright
    return {
        "name": "gate",
        "version": VERSION,
        "licence": "Apache-2.0",
        "training_planes_sha256": digest,
        "operating_points": asdict(points),
        "out_of_fold": {
            "families": families(pool, upright, points),
            "turned": turned(seen.turned, points),
            "ap": separation(pool, upright, "ap", 8, nih_only=True),
            "views": views(pool, upright, points),
            "child": separation(pool, upright, "child", 9, nih_only=True),
            "child_false": child_false(pool, upright, points),
        },
    }
