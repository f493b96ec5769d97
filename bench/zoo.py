"""The zoo's DenseNet-121 with seeded weights, as every contestant wants it: torch, ONNX, OpenVINO."""

from __future__ import annotations

import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NEEDED = ("torch", "torchxrayvision", "onnxruntime", "onnx")
SIDE = 224
SEED = 3


def missing() -> list[str]:
    """Return the packages that the zoo's part of the benchmark needs and does not find."""
    return [name for name in NEEDED if find_spec(name) is None]


def densenet() -> Any:  # noqa: ANN401 - torch is not typed here
    """Return torchxrayvision's network, ready to infer."""
    import torch  # noqa: PLC0415 - the plain install has none
    import torchxrayvision  # noqa: PLC0415 - as above

    torch.manual_seed(SEED)
    return torchxrayvision.models.DenseNet(weights=None, num_classes=18).eval()


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


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # tracing warns of torchxrayvision's own checks
    write(Path(sys.argv[1]))
