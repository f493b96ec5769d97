"""A network as the experts see it: labels, and outputs by name for any number of images, from any number of threads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.base import ExpertCard, ExpertError
from models.preprocess import Planes
from models.runtime.batching import Batcher
from models.runtime.device import Device, cuda_present
from models.runtime.engine import Engine, Outputs
from models.runtime.precision import INT8, Precision, as_served, permitted
from models.weights import load_card

OPTIONS = frozenset({"threads", "cache_dir", "device", "precision"})
"""The options that ``open_network`` takes from those of an expert."""

PROGRAM = "model.pt2"
"""Beside a network's OpenVINO file: the same network as a ``torch.export`` program, for CUDA."""


class Network:
    """One network on the best device of this machine. Thread-safe; requests that meet share a batch.

    ``model`` is OpenVINO's ``.xml`` or an ONNX file. ``threads`` of 0 means ``cpu_quota()``. ``device`` is auto, cpu or
    cuda: auto takes CUDA where there is one and ``model.pt2`` lies beside the model. ``labels`` are the network's own
    names of its scores, in their order; empty when its file carries none; ``shape`` is what it takes of each image:
    (planes, rows, columns). Raises ExpertError when it cannot be loaded.
    """

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 0,
        cache_dir: Path | None = None,
        device: str = Device.AUTO,
        precision: Precision = Precision.F32,
    ) -> None:
        if _on_cuda(_device(device), model):
            engine = _cuda(model, precision)
        else:
            engine = _processor(model, threads, cache_dir, precision)
        self.labels = engine.labels
        self.shape = engine.shape
        self._batcher = Batcher(engine)

    def infer(self, batch: Planes) -> Outputs:
        """Return the outputs by name for (images, planes, rows, columns); blocks until they are there.

        Raises ExpertBusy when too many images wait for this network, ExpertError when it fails, also on a wrong shape.
        """
        return self._batcher.infer(batch)


def open_network(model: Path, options: Mapping[str, str], card: ExpertCard) -> Network:
    """Open a network as an expert's options say: ``OPTIONS``, all of them optional.

    Raises ExpertError on a wrong value, on a precision whose loss the card does not state, and as ``Network`` does.
    """
    threads = options.get("threads", "0")
    if not threads.isdecimal():
        raise ExpertError(f"The option threads must be a whole number, not {threads!r}.")
    return Network(
        model,
        threads=int(threads),
        cache_dir=Path(options["cache_dir"]) if "cache_dir" in options else None,
        device=options.get("device", Device.AUTO),
        precision=permitted(options.get("precision", Precision.F32), card),
    )


def open_folder(folder: Path, options: Mapping[str, str]) -> tuple[ExpertCard, Network]:
    """Open the network of a folder; return it with the folder's card, which names the weights that are served.

    ``options`` are those of ``open_network``. Raises ExpertError as it does, and when a file is missing or altered.
    """
    card = as_served(load_card(folder), options)
    return card, open_network(folder / "model.xml", options, card)


def _device(name: str) -> Device:
    try:
        return Device(name)
    except ValueError:
        raise ExpertError(f"The option device must be one of {', '.join(Device)}, not {name!r}.") from None


def _on_cuda(device: Device, model: Path) -> bool:
    if device is Device.AUTO:
        return model.with_name(PROGRAM).is_file() and cuda_present()
    return device is Device.CUDA


def _processor(model: Path, threads: int, cache_dir: Path | None, precision: Precision) -> Engine:
    from models.runtime.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - most commands open no network

    path = model.with_name(INT8) if precision is Precision.INT8 else model
    return OpenVinoEngine(path, threads=threads, cache_dir=cache_dir, precision=precision)


def _cuda(model: Path, precision: Precision) -> Engine:
    try:
        from models.runtime.torch_engine import TorchEngine  # noqa: PLC0415 - the plain install has no torch
    except ModuleNotFoundError as error:
        raise ExpertError("CUDA needs torch: pip install 'cxr-scribe[zoo]', or say device=cpu.") from error
    return TorchEngine(model.with_name(PROGRAM), device="cuda", precision=precision)
