"""The trained networks as OpenVINO files, and how closely those repeat them."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import nncf
import numpy as np
import openvino
import torch
from openvino import opset13 as ops

from models.preprocess import Planes
from models.runtime import LABELS_KEY, Network
from models.training.films import LABELS
from models.training.heart import COLUMN, Hearts, Lean, leaning
from models.training.network import Whole

LARGE = 200_000
"""Weights of a layer that are worth keeping in eight bits: two thirds of all. Were those of every layer, scores would
differ by up to 0.12; so they do by 0.003."""


def export(whole: Whole, lean: Lean, size: int, folder: Path) -> None:
    """Write ``model.xml`` and ``model.bin``: outputs ``scores`` and ``maps``, any batch.

    Weights are kept in half precision, those of ``LARGE`` layers in eight bits, scaled by channel; all is computed in
    single precision. The network carries the names of its labels, in the order of its outputs.
    """
    whole = whole.eval().to(memory_format=torch.contiguous_format)
    inner = openvino.convert_model(whole, example_input=torch.zeros(1, 1, size, size), input=[-1, 1, size, size])
    film = inner.get_parameters()[0]
    maps, ap = (result.input(0).get_source_output() for result in inner.get_results())
    maps = leaning(maps, ap, film.output(0), lean)
    scores = ops.sigmoid(ops.reduce_mean(maps, np.array([2, 3])))
    model = openvino.Model([ops.result(scores), ops.result(maps)], [film])
    model.inputs[0].get_tensor().set_names({"film"})
    for output, name in zip(model.outputs, ("scores", "maps"), strict=True):
        output.get_tensor().set_names({name})
    model.set_rt_info(",".join(LABELS), LABELS_KEY)
    openvino.save_model(_compressed(model), folder / "model.xml", compress_to_fp16=True)


def _compressed(model: openvino.Model) -> openvino.Model:
    with TemporaryDirectory() as folder:
        # To a file first: what NNCF has touched is no longer saved in half precision.
        openvino.save_model(model, Path(folder) / "half.xml", compress_to_fp16=True)
        half = openvino.Core().read_model(Path(folder) / "half.xml")
        small = nncf.IgnoredScope(names=[each.get_friendly_name() for each in half.get_ops() if _small(each)])
        return nncf.compress_weights(half, mode=nncf.CompressWeightsMode.INT8_SYM, ignored_scope=small)


def _small(layer: openvino.Node) -> bool:
    convolution = layer.get_type_name() in {"Convolution", "GroupConvolution"}
    return convolution and math.prod(layer.input(1).get_shape()) < LARGE


def largest_difference(whole: Whole, lean: Lean, hearts: Hearts, folder: Path, films: list[Planes]) -> float:
    """Largest difference of a score between the trained and the exported network over some films and their hearts."""
    network = Network(folder / "model.xml")
    with torch.inference_mode():
        said = [whole(torch.from_numpy(film)) for film in films]
    logits, ap = (
        np.concatenate(parts) for parts in zip(*((m.mean((2, 3)).numpy(), a.numpy()) for m, a in said), strict=True)
    )
    logits[:, COLUMN] += lean.shift(hearts.ratios[: len(films)], ap[:, 0])
    trained = 1 / (1 + np.exp(-logits))
    served = [network.infer(film)["scores"] for film in films]
    return float(np.abs(trained - np.concatenate(served)).max())
