"""Networks of a few weights, written with OpenVINO alone: they stand in for the zoo's where torch is not installed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino import opset15 as ops

from models.experts.zoo.card import Provenance, write_calibration, write_card
from models.experts.zoo.catalogue import entry, names

SIZE = 64
GRID = 8


def logits(film: Any, outputs: int) -> Any:  # noqa: ANN401 - openvino is untyped
    """Maps (films, outputs, GRID, GRID): how bright each part is, weighed differently by each output."""
    step = [SIZE // GRID] * 2
    parts = ops.avg_pool(film, step, [0, 0], [0, 0], step, exclude_pad=True)
    weights = np.linspace(-2, 2, outputs, dtype=np.float32).reshape(outputs, 1, 1, 1)
    bias = np.linspace(1, -1, outputs, dtype=np.float32).reshape(1, outputs, 1, 1)
    return ops.add(ops.convolution(parts, weights, [1, 1], [0, 0], [0, 0], [1, 1]), bias)


def write(path: Path, outputs: Mapping[str, Any], film: Any, labels: Sequence[str] = ()) -> None:  # noqa: ANN401 - as above
    """Write a network of outputs by name."""
    for name, node in outputs.items():
        node.output(0).get_tensor().set_names({name})
    film.output(0).get_tensor().set_names({"film"})
    model = openvino.Model([ops.result(node) for node in outputs.values()], [film], "tiny")
    if labels:
        model.set_rt_info(",".join(labels), "labels")
    openvino.save_model(model, path, compress_to_fp16=False)


def write_reader(path: Path, labels: Sequence[str]) -> None:
    """Write a network of the form that ``models.classifier`` serves."""
    film = ops.parameter([-1, 1, SIZE, SIZE], np.float32, name="film")
    maps = logits(ops.divide(film, np.float32(1024)), len(labels))
    scores = ops.sigmoid(ops.reduce_mean(maps, np.array([2, 3])))
    write(path, {"scores": scores, "maps": maps}, film, labels)


def write_pulled(folder: Path, name: str = "densenet121-res224-all") -> Path:
    """Write what ``cxr experts pull`` leaves in ``folder``, with a tiny network in the place of the published one."""
    chosen = dataclasses.replace(entry(name), size=SIZE)
    target = folder / name
    target.mkdir(parents=True)
    write_reader(target / "model.xml", [names()[label].value for label in chosen.labels])
    write_calibration(chosen, dict.fromkeys(chosen.labels, 0.1), target)
    parity = {"films": 1, "kind": "drawn", "largest_difference": 0.0, "limit": 1e-4}
    provenance = Provenance(chosen.url, chosen.filename, "ab" * 32, pinned=False, library="none", parity=parity)
    preparation = {"size": SIZE, "low": 0.0, "high": 100.0, "mean": 0.5, "std": 1 / 2048, "framing": chosen.framing}
    write_card(chosen, provenance, preparation, target)
    return target


CARD = """
name = "ours"
version = "1"
licence = "in-house"
outputs = ["Effusion", "", "Cardiomegaly"]

[labels]
Effusion = "pleural_effusion"
Cardiomegaly = "cardiomegaly"

[input]
size = 64
channels = 3
mean = [0.5, 0.4, 0.3]
std = [0.25, 0.2, 0.1]

[output]
activation = "sigmoid"

[thresholds]
Effusion = 0.3
"""


def write_file_expert(folder: Path, card: str = CARD, *, layout: str = "NCHW") -> Path:
    """Write a folder as a site makes it: a foreign network of three planes and three logits, and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = [-1, 3, SIZE, SIZE] if layout == "NCHW" else [-1, SIZE, SIZE, 3]
    film = ops.parameter(shape, np.float32, name="image")
    planes = film if layout == "NCHW" else ops.transpose(film, np.array([0, 3, 1, 2]))
    weighed = ops.multiply(planes, np.array([1, 2, 4], dtype=np.float32).reshape(1, 3, 1, 1) / 7)
    one = ops.reduce_sum(weighed, np.array([1]), keep_dims=True)
    write(folder / "network.xml", {"out": ops.reduce_mean(logits(one, 3), np.array([2, 3]))}, film)
    (folder / "card.toml").write_text(card)
    return folder


def expected_of_file_expert(film: np.ndarray[Any, np.dtype[np.float32]]) -> list[float]:
    """Scores that the foreign network gives for a prepared film (SIZE, SIZE) in [0, 1], computed by hand."""
    planes = [(film - mean) / std for mean, std in ((0.5, 0.25), (0.4, 0.2), (0.3, 0.1))]
    bright = float(np.mean(planes[0] * 1 + planes[1] * 2 + planes[2] * 4) / 7)
    return [1 / (1 + math.exp(-(weight * bright + bias))) for weight, bias in ((-2, 1), (0, 0), (2, -1))]
