"""A network on the processor, through OpenVINO, in two forms: wide for one film, lanes for several.

Wide gives all cores to one film: the shortest wait. Lanes give each film of a batch a core or few of its own: the most
films a second, also when something else wants the cores (docs/decisions/0012). Both give the same values to the last
bit. Lanes are compiled when two films first wait together, so that an idle service does not pay for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino.passes import ConstantFolding, Manager

from models.base import ExpertError
from models.preprocess import Planes
from models.runtime.cores import process_cores
from models.runtime.engine import LABELS_KEY, Outputs
from models.runtime.host import cache_folder
from models.runtime.memory import give_back
from models.runtime.precision import Precision
from models.runtime.quota import cpu_quota

CAPABILITIES = {Precision.BF16: "BF16", Precision.F16: "FP16"}
"""What OpenVINO calls the abilities of a processor that a precision needs."""

FILMS_A_CORE = 4
"""Of a batch: the more, the less the lanes stand idle between batches, and the longer each film waits for the last."""

LATENCY = {"PERFORMANCE_HINT": "LATENCY"}
THROUGHPUT = {"PERFORMANCE_HINT": "THROUGHPUT"}


class OpenVinoEngine:
    """One network in OpenVINO's format or ONNX, compiled for one film a request.

    ``threads`` of 0 means ``cpu_quota()``. With ``cache_dir`` the compiled network is kept there for the next start on
    this very processor. The precision is asked for by name, so that every processor gives the same findings. Raises
    ExpertError when the file is no network of one input of known size, or the processor lacks the precision.
    """

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 0,
        cache_dir: Path | None = None,
        precision: Precision = Precision.F32,
    ) -> None:
        self._threads = threads or cpu_quota()
        self.most = FILMS_A_CORE * self._threads
        self._config: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "f32" if precision is Precision.INT8 else precision.value,
            "INFERENCE_NUM_THREADS": self._threads,
            # Tied to a core, a thread waits there for whatever else runs on it, while another core may be free.
            "ENABLE_CPU_PINNING": False,
        }
        if cache_dir is not None:
            self._config["CACHE_DIR"] = str(cache_folder(cache_dir))
        self._core = openvino.Core()
        self._model = model
        self._precision = precision
        try:
            _check_ability(self._core, precision)
            network = self._read()
            self.labels = _labels(network)
            self.shape = tuple(int(side) for side in network.input(0).shape)[1:]
            wide = self._core.compile_model(network, "CPU", self._config | LATENCY)
            self._wide = wide.create_infer_request()
        except RuntimeError as error:
            raise ExpertError(f"OpenVINO cannot load {model}: {error}") from error
        self._shapes = {output.any_name: tuple(output.shape)[1:] for output in wide.outputs}
        del network
        give_back()

    def _read(self) -> openvino.Model:
        network = self._core.read_model(self._model)
        network.reshape([1, *list(network.input(0).partial_shape)[1:]])
        if self._precision is not Precision.INT8 and _keeps_bytes(network):
            # What is kept in eight bits and computed in more is unpacked here: OpenVINO 2026.4 does it as it compiles
            # and, with several streams, now and then gets other weights.
            unpack = Manager()
            unpack.register_pass(ConstantFolding())
            unpack.run_passes(network)
        return network

    @cached_property
    def _lanes(self) -> _Lanes:
        # Read again, for an idle service should not hold a copy of the network only to compile it once more.
        compiled = self._core.compile_model(self._read(), "CPU", self._config | THROUGHPUT)
        give_back()
        count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        return _Lanes(count, [compiled.create_infer_request() for _ in range(max(count, self.most))])

    def turn(self) -> AbstractContextManager[None]:
        """Hold the cores that this network computes on."""
        return process_cores().taken(self._threads)

    def run(self, batch: Planes) -> Outputs:
        """Infer (images, *shape); the arrays are the caller's. Raises ExpertError when the network fails."""
        films = np.ascontiguousarray(batch, dtype=np.float32)
        outputs = {name: np.empty((len(films), *shape), np.float32) for name, shape in self._shapes.items()}
        try:
            for number, request in enumerate(self._infer([films[n : n + 1] for n in range(len(films))])):
                for name, values in outputs.items():
                    values[number] = request.get_tensor(name).data[0]
        except RuntimeError as error:
            raise ExpertError(f"The network failed: {error}") from error
        return outputs

    def _infer(self, singles: list[Planes]) -> Iterator[Any]:
        """Yield for each film, in order, the request that holds its outputs until the next is asked for."""
        if len(singles) == 1 or self._threads == 1 or 2 * len(singles) <= self._lanes.count:
            # One film, one core, or so few films that more than half of the lanes, and of the cores, would stay empty.
            for single in singles:
                self._wide.infer({0: single}, share_inputs=True, share_outputs=True)
                yield self._wide
            return
        for start in range(0, len(singles), self.most):
            yield from self._lanes.infer(singles[start : start + self.most])


@dataclass(frozen=True, slots=True)
class _Lanes:
    """A request a film of the largest batch, of which ``count`` run at a time.

    OpenVINO starts each by itself when a lane is free: from Python, that would wait for the interpreter's lock.
    """

    count: int
    requests: list[Any]

    def infer(self, singles: Sequence[Planes]) -> Iterator[Any]:
        """Start all films; yield the requests in order, each when its film is done. Raises RuntimeError."""
        used = self.requests[: len(singles)]
        try:
            for request, single in zip(used, singles, strict=True):
                request.start_async({0: single}, share_inputs=True)
            for request in used:
                request.wait()
                yield request
        finally:
            for request in used:  # after a failure too: the others still read the caller's memory
                with suppress(RuntimeError):
                    request.wait()


def _keeps_bytes(network: openvino.Model) -> bool:
    constants = (each for each in network.get_ops() if each.get_type_name() == "Constant")
    return any(each.get_element_type() == openvino.Type.i8 for each in constants)


def _labels(network: openvino.Model) -> tuple[str, ...]:
    return tuple(str(network.get_rt_info(LABELS_KEY).value).split(",")) if network.has_rt_info(LABELS_KEY) else ()


def halves() -> tuple[Precision, ...]:
    """Return the half precisions that this processor computes in."""
    return tuple(precision for precision in CAPABILITIES if _able(openvino.Core(), precision))


def _check_ability(core: openvino.Core, precision: Precision) -> None:
    if not _able(core, precision):
        raise ExpertError(f"This processor does not compute in {precision}: leave the option precision at f32.")


def _able(core: openvino.Core, precision: Precision) -> bool:
    ability = CAPABILITIES.get(precision)
    return ability is None or ability in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
