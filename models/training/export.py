"""The trained network as OpenVINO files, and how closely those repeat it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino
import torch

from models.preprocess import Planes
from models.runtime import LABELS_KEY, Network
from models.training.films import LABELS
from models.training.network import Early, Late, Whole


def export(early: Early, late: Late, size: int, folder: Path) -> None:
    """Write ``model.xml`` and ``model.bin`` (weights in half precision): outputs ``scores`` and ``maps``, any batch.

    The network carries the names of its labels, in the order of its outputs.
    """
    whole = Whole(early, late).eval().to(memory_format=torch.contiguous_format)
    model = openvino.convert_model(whole, example_input=torch.zeros(1, 1, size, size), input=[-1, 1, size, size])
    model.inputs[0].get_tensor().set_names({"film"})
    for output, name in zip(model.outputs, ("scores", "maps"), strict=True):
        output.get_tensor().set_names({name})
    model.set_rt_info(",".join(LABELS), LABELS_KEY)
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=True)


def largest_difference(early: Early, late: Late, folder: Path, films: list[Planes]) -> float:
    """Largest difference of a score between the trained and the exported network over some films."""
    whole, network = Whole(early, late).eval(), Network(folder / "model.xml")
    with torch.inference_mode():
        trained = [whole(torch.from_numpy(film))[0].numpy() for film in films]
    served = [network.infer(film)["scores"] for film in films]
    return float(np.abs(np.concatenate(trained) - np.concatenate(served)).max())
