"""What every engine offers to the batching in front of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.preprocess import Planes

LABELS_KEY = "labels"
"""Where a network's own label names are kept: runtime information of the model, joined by commas."""

Outputs = Mapping[str, NDArray[np.float32]]
"""A network's outputs by name, each (images, ...), in the order of the images."""


class Engine(Protocol):
    """A compiled network on one device.

    ``run`` is called inside ``turn``, by one thread at a time until it calls ``nearly_done``: then the next may begin.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The network's own names of its scores, in their order."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """What one image must be: (planes, rows, columns)."""
        ...

    @property
    def most(self) -> int:
        """Images beyond which a larger batch brings nothing on this device."""
        ...

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold what the device shares with other networks; blocks until it is this network's turn.

        What it gives ends the turn early, for ``run``.
        """
        ...

    def run(self, batch: Planes, nearly_done: Callable[[], None]) -> Outputs:
        """Infer (images, *shape); the arrays are the caller's. Raises ExpertError when the network fails.

        ``nearly_done`` may be called once the images still under way leave a part of the device idle.
        """
        ...
