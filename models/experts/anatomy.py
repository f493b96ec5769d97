"""Lungs and heart by a small network, made by ``models.training.anatomy``; its word on the heart's size is a ratio.

Not an expert by the entry points: it reads no label from the film itself. The panel asks it first, since zones, the
gate and the cardiothoracic ratio rest on what it finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.anatomy import Anatomy, heart_share, invalid
from models.base import ExpertCard, ExpertError, Film, GrayImage
from models.calibrate import LabelCalibration, load_calibration
from models.findings import Abstention, ExpertReading, Label, Measure
from models.preprocess import network_input, rule_of
from models.runtime import OPTIONS, Network, open_folder
from models.weights import find

NAME = "anatomy"
ORGANS = ("right_lung", "left_lung", "heart")
"""The network's outputs, by the names that it carries itself."""

RATIO = "cardiothoracic_ratio"


class AnatomyNetwork:
    """Implements ``models.base.Segmenter``. Thread-safe."""

    def __init__(self, card: ExpertCard, network: Network, calibration: LabelCalibration) -> None:
        self._card = card
        self._network = network
        self._calibration = calibration
        self._rule, self._error = rule_of(card), _error(card)
        if set(network.labels) != set(ORGANS):
            raise ExpertError(f"The network of {card.name} finds {', '.join(network.labels)}, not {', '.join(ORGANS)}.")
        self._order = [network.labels.index(organ) for organ in ORGANS]

    @property
    def card(self) -> ExpertCard:
        """What this network is."""
        return self._card

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        """Find the organs on films of any size, in order. Raises ExpertError when the network fails."""
        return [self._segment(image) for image in images]

    def reading(self, anatomy: Anatomy, film: Film, seen: str | None = None) -> ExpertReading:
        """Judge the heart's size: a score for cardiomegaly with the ratio behind it, or why there is none.

        ``seen`` is the projection that the picture itself shows, as the gate says. The score's raw value is the ratio.
        """
        word = self.ratio(anatomy, film, seen)
        named = (self._card.name, self._card.version, self._card.weights_sha256)
        if isinstance(word, Abstention):
            return ExpertReading(*named, {}, abstentions={Label.CARDIOMEGALY: word})
        scores = {Label.CARDIOMEGALY: self._calibration.score(word.value)}
        return ExpertReading(*named, scores, measures={Label.CARDIOMEGALY: word})

    def ratio(self, anatomy: Anatomy, film: Film, seen: str | None = None) -> Measure | Abstention:
        """Cardiothoracic ratio with its mean absolute error on held-out films, or why it would mean nothing."""
        why = invalid(anatomy, (film.view, seen), film.age_years)
        value = heart_share(anatomy)
        if why is None and value is not None:
            return Measure(RATIO, value, self._error)
        return why or Abstention.LUNGS_NOT_SEEN

    def _segment(self, image: GrayImage) -> Anatomy:
        try:
            shares = self._network.infer(network_input(image, self._rule))["organs"][0]
        except ValueError as error:  # the film's values are no numbers
            raise ExpertError(f"The anatomy network cannot read this image: {error}.") from error
        return Anatomy.of(shares[self._order], image.shape)


def build(options: Mapping[str, str]) -> AnatomyNetwork:
    """Load the anatomy network: files verified, network compiled.

    Options: those of ``models.runtime.open_network``, and ``folder`` (another folder holding ``anatomy/card.json``).
    Raises ExpertError on an unknown option, a missing or altered file, or a network that cannot be compiled.
    """
    known = OPTIONS | {"folder"}
    if unknown := set(options) - known:
        raise ExpertError(f"The anatomy network has no option {', '.join(sorted(unknown))}; it has {sorted(known)}.")
    folder = find(NAME, [Path(options["folder"])] if "folder" in options else [])
    card, network = open_folder(folder, options)
    calibration = load_calibration(folder / "calibration.json")
    if set(calibration) != {Label.CARDIOMEGALY}:
        raise ExpertError(f"The calibration of {card.name} must be of cardiomegaly alone.")
    return AnatomyNetwork(card, network, calibration[Label.CARDIOMEGALY])


def _error(card: ExpertCard) -> float:
    try:
        return float(card.details["metrics"]["ratio"]["mean_absolute_error"])
    except (KeyError, TypeError, ValueError) as error:
        raise ExpertError(f"The card of {card.name} does not say how far its ratio errs: {error!r}.") from error
