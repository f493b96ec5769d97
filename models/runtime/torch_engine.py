"""A network on CUDA, through torch: a ``torch.export`` program (``model.pt2``), which needs none of its makers' code.

The program takes one tensor (images, planes, rows, columns), any number of images, and returns its outputs by name: a
dictionary of tensors whose first axis is the images. Its file carries the names of the labels. ``write_program`` makes
such a file. Run with torch's processor device only: no machine that this was made on has CUDA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.export.passes import move_to_device_pass

from models.base import ExpertError
from models.preprocess import Planes
from models.runtime.engine import LABELS_KEY, Outputs
from models.runtime.precision import Precision

MOST = 32
"""Images of a batch on a device: bounds its memory. Not measured, for there was no device to measure on."""

HALVES = {Precision.BF16: torch.bfloat16, Precision.F16: torch.float16}


class TorchEngine:
    """One exported program, moved to ``device`` ("cuda", or "cpu" in tests), in the precision asked for.

    Raises ExpertError when the file cannot be read, the device is not there, or the precision is int8.
    """

    most = MOST

    def __init__(self, program: Path, *, device: str, precision: Precision = Precision.F32) -> None:
        if precision is Precision.INT8:
            raise ExpertError("int8 is for the processor: set the option device to cpu, or precision to f16.")
        if device == "cuda" and not torch.cuda.is_available():
            raise ExpertError("torch finds no CUDA device here: leave the option device at auto.")
        told = {LABELS_KEY: ""}
        try:
            exported = torch.export.load(program, extra_files=told)
            self._module = move_to_device_pass(exported, device).module()
        except (OSError, RuntimeError, ValueError) as error:
            raise ExpertError(f"torch cannot load {program} on {device}: {error}") from error
        self._device = torch.device(device)
        self._half = HALVES.get(precision)
        self.labels = tuple(str(told[LABELS_KEY]).split(",")) if told[LABELS_KEY] else ()
        self.shape = tuple(_input_of(exported).shape[1:])

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold nothing: networks that share a device are put in order by its driver."""
        return nullcontext(lambda: None)

    def run(self, batch: Planes, nearly_done: Callable[[], None]) -> Outputs:  # noqa: ARG002 - the port's signature
        """Infer (images, *shape); the arrays are the caller's. Raises ExpertError when the network fails."""
        parts = [self._run(batch[start : start + self.most]) for start in range(0, len(batch), self.most)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _run(self, batch: Planes) -> Outputs:
        half = torch.autocast(self._device.type, self._half) if self._half else nullcontext()
        try:
            with torch.inference_mode(), half:
                outputs: Mapping[str, Any] = self._module(torch.from_numpy(batch).to(self._device))
            return {name: values.float().cpu().numpy() for name, values in outputs.items()}
        except RuntimeError as error:  # out of memory, too
            raise ExpertError(f"The network failed: {error}") from error


def write_program(module: torch.nn.Module, example: torch.Tensor, labels: tuple[str, ...], path: Path) -> None:
    """Write a module that returns its outputs by name as the program that ``TorchEngine`` reads.

    ``example`` is one batch of at least two images: a single one would be taken for a fixed number.
    """
    images = torch.export.Dim("images", min=1, max=1024)
    exported = torch.export.export(module.eval(), (example,), dynamic_shapes=({0: images},))
    torch.export.save(exported, path, extra_files={LABELS_KEY: ",".join(labels)})


def _input_of(exported: torch.export.ExportedProgram) -> torch.Tensor:
    (name,) = exported.graph_signature.user_inputs
    return next(node.meta["val"] for node in exported.graph.nodes if node.name == name)
