"""A published network becomes files that are served without torch, and is held against the original.

Needs the extra ``zoo``; imported by ``pull`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import torch

from models.base import ExpertError
from models.classifier import Framing, centre_square
from models.experts.zoo.catalogue import Entry, names
from models.experts.zoo.films import Films
from models.experts.zoo.library import Original
from models.preprocess import Planes, Preprocessing, network_input
from models.runtime.device import Device
from models.runtime.engine import LABELS_KEY
from models.runtime.network import PROGRAM, Network
from models.runtime.torch_engine import write_program

RULE = {"low": 0.0, "high": 100.0, "mean": 0.5, "std": 1 / 2048}
"""The library's normalisation: the film's own range, from darkest to brightest, becomes [-1024, 1024]."""

SCORES, MASKS = "scores", "masks"

LIMIT = 1e-4
"""Largest difference of a probability that a conversion may make."""


class Served(torch.nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """The columns of a network that it was trained on: scores and, where its mean is the logit, the map of evidence.

    A linear layer on the mean of the features is the mean of that layer on each of them: the map is exact.
    """

    def __init__(self, original: Original, columns: Sequence[int], output: str) -> None:
        super().__init__()
        self.output = output
        self.columns = list(columns)
        self.whole = original.scores if original.evidence is None else None
        if self.whole is not None and self.columns != list(range(len(original.names))):
            raise ExpertError("A network without maps must be served whole, its outputs in their own order.")
        if original.evidence is not None:
            self.features, linear = original.evidence
            self.label = torch.nn.Conv2d(linear.in_features, len(columns), 1)
            self.label.weight.data = linear.weight.data[self.columns][:, :, None, None].clone()
            self.label.bias.data = linear.bias.data[self.columns].clone()

    def forward(self, films: Any) -> Any:  # noqa: ANN401 - torch is left untyped
        """(films, 1, size, size) to outputs by name: see ``models.classifier``, or organ logits as "masks"."""
        if self.whole is not None:
            return {self.output: self.whole(films)}
        maps = self.label(torch.relu(self.features(films)))
        return {"scores": torch.sigmoid(maps.mean((2, 3))), "maps": maps}


def columns_of(entry: Entry, original: Original) -> dict[str, int]:
    """Where the network has each of its own names. Raises ExpertError unless they are those of the catalogue."""
    found = {name: column for column, name in enumerate(original.names) if name}
    if set(found) != set(entry.labels):
        odd = ", ".join(sorted(set(found) ^ set(entry.labels)))
        raise ExpertError(f"{original.library} names other labels for {entry.name} than the catalogue: {odd}.")
    return found


def served(entry: Entry, original: Original) -> Served:
    """Return the network to serve, its outputs in the catalogue's order."""
    found = columns_of(entry, original)
    network = Served(original, [found[name] for name in entry.labels], MASKS if entry.segments else SCORES)
    network.eval()
    return network


def export(entry: Entry, network: Served, folder: Path) -> None:
    """Write the network in single precision for any number of films: OpenVINO's two files, and a program for CUDA.

    It carries the names of its labels: ours, or the organs', in the order of its outputs.
    """
    carried = entry.labels if entry.segments else tuple(names()[name].value for name in entry.labels)
    example = torch.zeros(2, 1, entry.size, entry.size)
    write_program(network, example, carried, folder / PROGRAM)
    model = openvino.convert_model(torch.export.load(folder / PROGRAM))
    model.reshape([-1, *example.shape[1:]])
    model.inputs[0].get_tensor().set_names({"film"})
    with torch.inference_mode():
        outputs = network(example)
    for output, name in zip(model.outputs, outputs, strict=True):
        output.get_tensor().set_names({name})
    model.set_rt_info(",".join(carried), LABELS_KEY)
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)


def largest_difference(entry: Entry, original: Original, folder: Path, films: Films) -> float:
    """Largest difference of a probability between the library's network and the one in the folder, over the films."""
    network = Network(folder / "model.xml", device=Device.CPU)
    output = MASKS if entry.segments else SCORES
    columns = [columns_of(entry, original)[name] for name in entry.labels]
    worst = 0.0
    for film in films.images:
        planes = prepared(entry, film)
        with torch.inference_mode():
            expected = original.scores(torch.from_numpy(planes.copy()))[:, columns].numpy()
        got = network.infer(planes)[output]
        if entry.segments:
            expected, got = _sigmoid(expected), _sigmoid(got)
        worst = max(worst, float(np.abs(expected - got).max()))
    return worst


def prepared(entry: Entry, film: Planes) -> Planes:
    """One film (rows, columns) as the service prepares it for this network: (1, 1, size, size)."""
    framed = centre_square(film) if entry.framing == Framing.CENTRE else film
    return network_input(framed, Preprocessing(size=entry.size, **RULE))


def _sigmoid(logits: Planes) -> Planes:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))
