"""The trained network as OpenVINO files, and how closely those repeat it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openvino
import torch

from models.anatomy import GRID, Anatomy
from models.base import GrayImage
from models.preprocess import Preprocessing, network_input
from models.runtime import LABELS_KEY, Network
from models.training.anatomy.films import ORGANS
from models.training.anatomy.fit import predict
from models.training.anatomy.network import Segmenter, Served

OUTPUT = "organs"
"""Probabilities (N, 3, GRID, GRID); the order of the organs is in the network's labels."""


def export(network: Segmenter, size: int, folder: Path) -> None:
    """Write ``model.xml`` and ``model.bin`` (weights in half precision), any batch; it carries the organs' names."""
    served = Served(network).eval().to(memory_format=torch.contiguous_format)
    model = openvino.convert_model(served, example_input=torch.zeros(1, 1, size, size), input=[-1, 1, size, size])
    model.inputs[0].get_tensor().set_names({"film"})
    model.outputs[0].get_tensor().set_names({OUTPUT})
    model.set_rt_info(",".join(ORGANS), LABELS_KEY)
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=True)


def served(rule: Preprocessing, folder: Path) -> Callable[[GrayImage], Anatomy]:
    """Return the exported network as a function from a film to its organs, by the way that it will be served."""
    network = Network(folder / "model.xml", threads=1)
    if network.labels != ORGANS:
        raise ValueError(f"the exported network finds {network.labels}")

    def segment(film: GrayImage) -> Anatomy:
        return Anatomy.of(network.infer(network_input(film, rule))[OUTPUT][0], film.shape)

    return segment


def share_of_cells_changed(network: Segmenter, rule: Preprocessing, folder: Path, films: Sequence[GrayImage]) -> float:
    """Share of the grid's cells that change sides between the trained and the exported network, over some films."""
    segment, trained = served(rule, folder), predict(network, films, rule).astype(np.float32)
    changed = 0
    for film, shares in zip(films, trained, strict=True):
        ours, theirs = segment(film), Anatomy.of(shares, film.shape)
        changed += int(((ours.lungs != theirs.lungs) | (ours.heart != theirs.heart)).sum())
    return changed / (len(films) * GRID**2)
