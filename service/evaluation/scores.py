"""Precision, recall and F1 of labels that a text is given, with bootstrap intervals by text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one label, or of an average; ``positives`` are the texts that have it."""

    name: str
    positives: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


def table(names: Sequence[str], truth: Flags, said: Flags, seed: int = 0) -> list[Row]:
    """Score ``said`` against ``truth`` (both texts by labels): one row a label, then "micro" and "macro".

    The macro average is of the labels' own figures. Intervals: percentiles of 2,000 resamples of texts. A label that
    is nowhere, neither coded nor said, scores 0 there.
    """
    weights = np.vstack([np.ones(len(truth)), _resamples(len(truth), seed)])
    hits, claimed, coded = (weights @ flags.astype(float) for flags in (truth & said, said, truth))
    micro = tuple(counts.sum(axis=1, keepdims=True) for counts in (hits, claimed, coded))
    per_label, overall = _figures(hits, claimed, coded), _figures(*micro)
    positives = truth.sum(axis=0)
    rows = [_row(name, int(positives[i]), per_label[:, :, i]) for i, name in enumerate(names)]
    rows.append(_row("micro", int(positives.sum()), overall[:, :, 0]))
    rows.append(_row("macro", int(positives.sum()), per_label.mean(axis=2)))
    return rows


def _resamples(count: int, seed: int) -> NDArray[np.float64]:
    """How often each text is drawn, in each resample."""
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return draws.astype(float)


def _figures(
    hits: NDArray[np.float64], claimed: NDArray[np.float64], coded: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(figure, resample, label): precision, recall, F1."""
    pairs = ((hits, claimed), (hits, coded), (2 * hits, claimed + coded))
    return np.stack([np.divide(top, under, out=np.zeros_like(top), where=under > 0) for top, under in pairs])


def _row(name: str, positives: int, figures: NDArray[np.float64]) -> Row:
    """Row of (figure, resample); the first resample is the set itself."""
    low, high = np.percentile(figures[:, 1:], (2.5, 97.5), axis=1)
    estimates = (Estimate(float(f[0]), float(a), float(b)) for f, a, b in zip(figures, low, high, strict=True))
    return Row(name, positives, *estimates)
