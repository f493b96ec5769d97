"""A network of any maker becomes one that takes a film and gives probabilities of our labels, by its card alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import openvino
from openvino import opset15 as ops

from models.base import ExpertError
from models.experts.file.card import FileCard, Input
from models.runtime.engine import LABELS_KEY


def rewrite(path: Path, card: FileCard, target: Path) -> None:
    """Put our input before the network and our labels behind it, as ``models.classifier`` serves it.

    Raises ExpertError when it is no network, or not of the card's shape.
    """
    asked = card.input
    try:
        network = openvino.Core().read_model(path)
        _check_input(network, asked)
        film = ops.parameter([-1, 1, asked.size, asked.size], np.float32, name="film")
        film.output(0).get_tensor().set_names({"film"})
        planes = _normalised(film, asked)
        for taker in network.input(0).get_target_inputs():
            taker.replace_source_output(ops.convert(planes, network.input(0).element_type.to_dtype()).output(0))
        scores = _scores(network, card)
        scores.output(0).get_tensor().set_names({"scores"})
        served = openvino.Model([ops.result(scores)], [film], card.name)
        served.validate_nodes_and_infer_types()
    except RuntimeError as error:
        raise ExpertError(f"OpenVINO cannot use the network {path}: {error}") from error
    served.set_rt_info(",".join(label.value for label in card.ours.values()), LABELS_KEY)
    openvino.save_model(served, target, compress_to_fp16=False)


def _check_input(network: Any, asked: Input) -> None:  # noqa: ANN401 - openvino is untyped
    sides = [asked.size, asked.size]
    told = [-1, *sides, asked.channels] if asked.layout == "NHWC" else [-1, asked.channels, *sides]
    taken = [each.partial_shape for each in network.inputs]
    if len(taken) != 1 or not openvino.PartialShape(told).compatible(taken[0]):
        shapes = ", ".join(map(str, taken))
        raise ExpertError(f"The network takes {shapes}; the card says {told} (-1: any number of films).")


def _normalised(film: Any, asked: Input) -> Any:  # noqa: ANN401 - as above
    planes = ops.tile(film, np.array([1, asked.channels, 1, 1]))
    planes = ops.divide(ops.subtract(planes, _per_channel(asked, "mean")), _per_channel(asked, "std"))
    return ops.transpose(planes, np.array([0, 2, 3, 1])) if asked.layout == "NHWC" else planes


def _per_channel(asked: Input, which: Literal["mean", "std"]) -> Any:  # noqa: ANN401 - as above
    given = getattr(asked, which)
    values = np.array(given if isinstance(given, list) else [given] * asked.channels, dtype=np.float32)
    if len(values) != asked.channels or (which == "std" and not (values > 0).all()):
        raise ExpertError(f"input.{which} must be one number or {asked.channels}; a std above zero.")
    return values.reshape(1, asked.channels, 1, 1)


def _scores(network: Any, card: FileCard) -> Any:  # noqa: ANN401 - as above
    chosen = network.output(card.output.name) if card.output.name else network.output(0)
    shape = chosen.partial_shape
    if not openvino.PartialShape([-1, len(card.outputs)]).compatible(shape):
        raise ExpertError(f"The network's output is {shape}, the card names {len(card.outputs)} outputs.")
    values = ops.convert(chosen.get_node().input_value(0), np.float32)
    if card.output.activation == "sigmoid":
        values = ops.sigmoid(values)
    columns = np.array([place for place, name in enumerate(card.outputs) if name], dtype=np.int64)
    return ops.gather(values, columns, np.int64(1))
