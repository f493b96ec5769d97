"""The zoo's DenseNet-121 with seeded weights, as every contestant wants it: torch, ONNX, OpenVINO, int8."""

from __future__ import annotations

import json
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NEEDED = ("torch", "torchxrayvision", "onnxruntime", "onnx")
QUANTISER = "nncf"
"""Where it is missing, there is no int8 and no ``LOSS``."""

SIDE = 224
SEED = 3
LOGIT = 2.0
"""Largest logit of the seeded network on the films that settle it."""

CALIBRATING, MEASURED = 50, 100
LOSS = "loss.json"
"""What each precision costs the seeded network on drawn films: the form of a card's ``precisions``."""


def missing() -> list[str]:
    """Return the packages that the zoo's part of the benchmark needs and does not find."""
    return [name for name in NEEDED if find_spec(name) is None]


def densenet() -> Any:  # noqa: ANN401 - torch is not typed here
    """Return torchxrayvision's network, ready to infer, its outputs in [0, 1] and not all alike."""
    import torch  # noqa: PLC0415 - the plain install has none
    import torchxrayvision  # noqa: PLC0415 - as above

    from models.experts.zoo.films import drawn  # noqa: PLC0415 - not where OpenVINO alone is timed
    from models.preprocess import Preprocessing, network_input  # noqa: PLC0415 - as above

    torch.manual_seed(SEED)
    network = torchxrayvision.models.DenseNet(weights=None, num_classes=18)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0  # what the films give is what it keeps: no layer dies, as in a trained network
    rule = Preprocessing(size=SIDE)
    films = torch.cat([torch.from_numpy(network_input(film, rule)) for film in drawn().images])
    with torch.inference_mode():
        network.train()
        network(films)
        network.eval()
        network.classifier.weight *= LOGIT / network(films).abs().max()
    return torch.nn.Sequential(network, torch.nn.Sigmoid()).eval()


def write(folder: Path) -> None:
    """Write ``model.xml`` and ``model.onnx``, in single precision, for any number of films."""
    import openvino  # noqa: PLC0415 - not where torch alone is timed
    import torch  # noqa: PLC0415 - the plain install has none

    network, film = densenet(), torch.zeros(1, 1, SIDE, SIDE)
    converted = openvino.convert_model(network, example_input=film, input=[-1, 1, SIDE, SIDE])
    converted.outputs[0].get_tensor().set_names({"scores"})
    openvino.save_model(converted, folder / "model.xml", compress_to_fp16=False)
    free = {"film": {0: "films"}, "scores": {0: "films"}}
    names = {"input_names": ["film"], "output_names": ["scores"], "dynamic_axes": free}
    torch.onnx.export(network, (film,), folder / "model.onnx", dynamo=False, **names)


def lessen(folder: Path) -> None:
    """Write ``model.int8.xml``, and ``LOSS`` as the card of a pulled network would state it."""
    from bench.plain_expert import PlainExpert  # noqa: PLC0415 - not where torch alone is timed
    from models.experts.zoo.films import drawn  # noqa: PLC0415 - as above
    from models.precision_loss import CALLS, measure  # noqa: PLC0415 - as above

    films = drawn(CALIBRATING + MEASURED).images
    precisions = measure(folder, PlainExpert, CALLS, films[:CALIBRATING], films[CALIBRATING:])
    (folder / LOSS).write_text(json.dumps(precisions))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # tracing warns of torchxrayvision's own checks
    write(Path(sys.argv[1]))
    if find_spec(QUANTISER) is not None:
        lessen(Path(sys.argv[1]))
