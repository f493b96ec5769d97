"""How alike two films are by what is said of them: a weighted Dice coefficient of what is asserted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.findings import Label, Polarity

_LABELS = tuple(label for label in Label if label is not Label.NO_FINDING)
_ASSERTED = {Polarity.PRESENT: 1.0, Polarity.UNCERTAIN: 0.5, Polarity.ABSENT: 0.0}

SPOKEN = 0.1
"""Weight, beside the likeness itself, of speaking of the labels that were read: "no pneumothorax" is style too."""

Row = NDArray[np.float32]


class Likeness:
    """Compares one study with many reports, each by what it says of the labels.

    A finding counts 1, one in doubt a half, one denied or not spoken of nothing. A rare finding weighs more than a
    common one. Two normal films are wholly alike; a report with a finding that the study lacks is less so, for it would
    teach it.
    """

    def __init__(self, said: Sequence[Mapping[Label, Polarity]]) -> None:
        self._asserted = np.stack([_row(each) for each in said]) if said else np.zeros((0, len(_LABELS)), np.float32)
        self._spoken = np.array([[label in each for label in _LABELS] for each in said], bool).reshape(-1, len(_LABELS))
        positives = (self._asserted > 0).sum(axis=0)
        self._weights = np.log1p(len(said) / (1 + positives)).astype(np.float32)

    def to(self, said: Mapping[Label, Polarity]) -> Row:
        """Likeness of each report to a study, from 0 to 1 + ``SPOKEN``."""
        study = _row(said)
        shared = np.minimum(self._asserted, study) @ self._weights
        whole = (self._asserted + study) @ self._weights
        dice = np.divide(2 * shared, whole, out=np.ones_like(shared), where=whole > 0)
        return np.asarray(dice + SPOKEN * self._share(said), np.float32)

    def _share(self, labels: Iterable[Label]) -> Row:
        """Share of these labels that each report speaks of."""
        columns = [_LABELS.index(label) for label in labels if label in _LABELS]
        return self._spoken[:, columns].mean(axis=1) if columns else np.zeros(len(self._spoken), np.float32)


def _row(said: Mapping[Label, Polarity]) -> Row:
    return np.array([_ASSERTED[said.get(label, Polarity.ABSENT)] for label in _LABELS], np.float32)
