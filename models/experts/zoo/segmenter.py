"""A pulled network that finds organs, as the panel's segmenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.anatomy import GRID, Anatomy, Mask
from models.base import ExpertCard, ExpertError, Film, GrayImage
from models.classifier import check_options
from models.experts.zoo.catalogue import entry
from models.experts.zoo.place import OPTIONS, pulled
from models.findings import ExpertReading
from models.preprocess import network_input, rule_of
from models.runtime import Network, open_folder

NAME = "chestx-det-pspnet"
LUNGS, HEART = ("Right Lung", "Left Lung"), "Heart"
Planes = NDArray[np.float32]


class ZooSegmenter:
    """Implements ``models.base.Segmenter``. Thread-safe.

    Organs are matched by the names that the network carries. Which lung is the patient's right one is taken from the
    film, not from the name: ``Anatomy`` defines it as the one further to the film's left.
    """

    def __init__(self, card: ExpertCard, network: Network) -> None:
        self._card = card
        self._network = network
        self._rule = rule_of(card, beside={"framing"})
        if missing := {*LUNGS, HEART} - set(network.labels):
            raise ExpertError(f"The network of {card.name} does not find {', '.join(sorted(missing))}.")
        self._organs = {name: place for place, name in enumerate(network.labels)}

    @property
    def card(self) -> ExpertCard:
        """What this network is."""
        return self._card

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        """Find the organs of films of any size, in order. Raises ExpertError when the network fails."""
        return [self._segment(image) for image in images]

    def reading(self, anatomy: Anatomy, film: Film, seen: str | None = None) -> ExpertReading:  # noqa: ARG002 - the port's
        """Say nothing of the heart's size: how far a ratio of these organs errs, nobody has measured."""
        return ExpertReading(self._card.name, self._card.version, self._card.weights_sha256, {})

    def _segment(self, image: GrayImage) -> Anatomy:
        try:
            logits = self._network.infer(network_input(image, self._rule))["masks"][0]
        except ValueError as error:  # the film's values are no numbers
            raise ExpertError(f"{self._card.name} cannot read this image: {error}.") from error
        right, left = sorted((self._mask(logits, name) for name in LUNGS), key=_column)
        rows, columns = image.shape
        return Anatomy(right, left, self._mask(logits, HEART), rows, columns)

    def _mask(self, logits: Planes, organ: str) -> Mask:
        """Where the organ is likelier than not, on the grid of ``Anatomy``."""
        plane = logits[self._organs[organ]]
        step = plane.shape[0] // GRID
        return np.asarray(plane.reshape(GRID, step, GRID, step).mean((1, 3)) > 0)


def build(options: Mapping[str, str]) -> ZooSegmenter:
    """Load the pulled network of organs.

    Options: ``folder`` (where networks are pulled to), ``name`` (NAME when absent), and the runtime's. Raises
    ExpertError when it was not pulled, its files were altered, or it reads labels.
    """
    check_options(options, of="The zoo", own=OPTIONS)
    card, network = open_folder(pulled(options.get("name", NAME), options), options)
    if not entry(card.name).segments:
        raise ExpertError(f"{card.name} reads labels and finds no organs; {NAME} does.")
    return ZooSegmenter(card, network)


def _column(mask: Mask) -> float:
    """Mean column of a mask, the film's middle where it is empty."""
    columns = np.nonzero(mask)[1]
    return float(columns.mean()) if columns.size else GRID / 2
