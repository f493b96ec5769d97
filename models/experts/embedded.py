"""The expert that comes with the package: EfficientNet-Lite0, made by ``models.training`` from the NIH films alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.base import ExpertCard, ExpertError, GrayImage
from models.calibrate import Calibration, load_calibration
from models.findings import ExpertReading, Label
from models.preprocess import Preprocessing, network_input
from models.runtime import Network
from models.weights import find, load_card

NAME = "embedded"
OPTIONS = frozenset({"threads", "cache_dir", "folder"})


class EmbeddedExpert:
    """Reads one film at a time; may be called from several threads at once.

    Scores are matched to labels by the names that the network itself carries, never by their position in the card.
    """

    def __init__(self, card: ExpertCard, network: Network, rule: Preprocessing, calibration: Calibration) -> None:
        self._card = card
        self._network = network
        self._rule = rule
        self._calibration = calibration
        if not set(network.labels) == set(card.labels) == set(calibration):
            raise ExpertError(f"Network, card and calibration of {card.name} are not of the same labels.")
        self._labels = tuple(Label(name) for name in network.labels)

    @property
    def card(self) -> ExpertCard:
        """What this expert is."""
        return self._card

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        """Read films of any size, one reading each, in order. Raises ExpertError when the network fails."""
        return [self._read(image) for image in images]

    def _read(self, image: GrayImage) -> ExpertReading:
        try:
            raw = self._network.infer(network_input(image, self._rule))["scores"][0].tolist()
            scores = {label: self._calibration[label].score(r) for label, r in zip(self._labels, raw, strict=True)}
        except ValueError as error:  # the film's values or the network's scores are no numbers
            raise ExpertError(f"The embedded expert cannot read this image: {error}.") from error
        return ExpertReading(self._card.name, self._card.version, self._card.weights_sha256, scores)


def build(options: Mapping[str, str]) -> EmbeddedExpert:
    """Load the embedded expert: files verified, network compiled.

    Options: ``threads`` (0 or absent: the container's quota), ``cache_dir`` (where compiled networks are kept),
    ``folder`` (another folder holding ``embedded/card.json``). Raises ExpertError on an unknown option, a missing or
    altered file, or a network that cannot be compiled.
    """
    unknown = set(options) - OPTIONS
    if unknown:
        raise ExpertError(f"The embedded expert has no option {', '.join(sorted(unknown))}; it has {sorted(OPTIONS)}.")
    folder = find(NAME, [Path(options["folder"])] if "folder" in options else [])
    card = load_card(folder)
    cache = options.get("cache_dir")
    network = Network(
        folder / "model.xml", threads=_threads(options), cache_dir=Path(cache) if cache is not None else None
    )
    return EmbeddedExpert(card, network, _rule(card), load_calibration(folder / "calibration.json"))


def _threads(options: Mapping[str, str]) -> int:
    text = options.get("threads", "0")
    if not text.isdecimal():
        raise ExpertError(f"The option threads must be a whole number, not {text!r}.")
    return int(text)


def _rule(card: ExpertCard) -> Preprocessing:
    try:
        return Preprocessing(**card.details["preprocessing"])
    except (KeyError, TypeError) as error:
        raise ExpertError(f"The card of {card.name} does not say how to prepare a film: {error!r}.") from error
