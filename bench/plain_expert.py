"""An expert around any network file, for the benchmark: ``CXR_EXPERTS=bench.plain_expert:build``.

The file is named by the environment variable ``BENCH_NETWORK``. It says nothing of films: its scores are put out as
they come, by the order of the vocabulary.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.base import ExpertCard, GrayImage
from models.findings import ExpertReading, Label, Score
from models.preprocess import Preprocessing, network_input
from models.runtime import Network

NETWORK = "BENCH_NETWORK"


class PlainExpert:
    """Prepares, infers and puts a number to each label, as a real expert does."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rule = Preprocessing(size=network.shape[-1])
        self.card = ExpertCard("bench", "0", tuple(Label), "0" * 64, "none", {})

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        return [self._read(image) for image in images]

    def _read(self, image: GrayImage) -> ExpertReading:
        outputs = self._network.infer(network_input(image, self._rule))
        raw = next(iter(outputs.values())).ravel()[: len(self.card.labels)].tolist()  # scores, or a corner of a mask
        values = zip(self.card.labels, raw, strict=False)
        scores = {label: Score(value, min(max(value, 0.0), 1.0), 0.5, (0.4, 0.6)) for label, value in values}
        return ExpertReading(self.card.name, self.card.version, self.card.weights_sha256, scores)


def build(options: Mapping[str, str]) -> PlainExpert:
    """Open the network that the environment names."""
    return PlainExpert(Network(Path(os.environ[NETWORK]), cache_dir=Path(options["cache_dir"])))
