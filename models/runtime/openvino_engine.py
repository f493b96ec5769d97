"""A network on the processor, through OpenVINO, in two forms: wide for one film, lanes for several.

Wide gives all cores to one film: the shortest wait. Lanes give each film of a batch a core or few of its own: the most
films a second, also when something else wants the cores (docs/decisions/0012). Both give the same values to the last
bit. Lanes are compiled when two films first wait together, so that an idle service does not pay for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import openvino
from openvino.passes import ConstantFolding, Manager

from models.base import ExpertError
from models.preprocess import Planes
from models.runtime.cores import process_cores
from models.runtime.engine import LABELS_KEY, Outputs
from models.runtime.host import cache_folder
from models.runtime.memory import trim
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
        self._lanes: _Lanes | None = None
        self._shapes = {output.any_name: tuple(output.shape)[1:] for output in wide.outputs}
        del network
        trim()

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

    def _opened_lanes(self) -> _Lanes:
        if self._lanes is None:
            # Read again, for an idle service should not hold a copy of the network only to compile it once more.
            self._lanes = _Lanes(self._core.compile_model(self._read(), "CPU", self._config | THROUGHPUT))
            trim()
        return self._lanes

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold the cores that this network computes on."""
        return process_cores().taken(self._threads)

    def run(self, batch: Planes, nearly_done: Callable[[], None]) -> Outputs:
        """Infer (images, *shape); the arrays are the caller's. Raises ExpertError when the network fails.

        Calls ``nearly_done`` when fewer films are under way than there are lanes: another batch may fill them.
        """
        films = np.ascontiguousarray(batch, dtype=np.float32)
        singles = [films[n : n + 1] for n in range(len(films))]
        outputs = {name: np.empty((len(films), *shape), np.float32) for name, shape in self._shapes.items()}
        try:
            for number, request in enumerate(self._infer(singles, nearly_done)):
                for name, values in outputs.items():
                    values[number] = request.get_tensor(name).data[0]
        except RuntimeError as error:
            raise ExpertError(f"The network failed: {error}") from error
        return outputs

    def _infer(self, singles: list[Planes], nearly_done: Callable[[], None]) -> Iterator[Any]:
        """Yield for each film, in order, the request that holds its outputs until the next is asked for."""
        if not self._wide_is_better(len(singles)):
            yield from self._opened_lanes().infer(singles, nearly_done)
            return
        for single in singles:
            self._wide.infer({0: single}, share_inputs=True, share_outputs=True)
            yield self._wide

    def _wide_is_better(self, films: int) -> bool:
        """For one film, on one core, or where more than half of the lanes, and of the cores, would stay empty."""
        if self._threads == 1:
            return True
        if self._lanes is not None and self._lanes.busy:
            return False
        return films == 1 or 2 * films <= self._opened_lanes().count


class _Lanes:
    """Requests of which ``count`` run at a time. Thread-safe: a batch may begin while another's films are under way.

    OpenVINO starts each by itself when a lane is free: from Python, that would wait for the interpreter's lock.
    """

    def __init__(self, compiled: Any) -> None:  # noqa: ANN401 - OpenVINO's are not typed here
        self.count = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._make = compiled.create_infer_request
        self._free: list[Any] = []
        self._under_way = 0
        self._lock = Lock()

    @property
    def busy(self) -> bool:
        """Whether films are under way."""
        return self._under_way > 0

    def infer(self, singles: Sequence[Planes], nearly_done: Callable[[], None]) -> Iterator[Any]:
        """Start all films; yield the requests in order, each when its film is done. Raises RuntimeError."""
        used = self._take(len(singles))
        left = len(used)
        self._count(left)
        try:
            for request, single in zip(used, singles, strict=True):
                request.start_async({0: single}, share_inputs=True)
            for request in used:
                if self._under_way < self.count:
                    nearly_done()
                request.wait()
                left -= 1
                self._count(-1)
                yield request
        finally:
            for request in used:  # after a failure too: the others still read the caller's memory
                with suppress(RuntimeError):
                    request.wait()
            self._count(-left)
            self._free.extend(used)

    def _take(self, films: int) -> list[Any]:
        with self._lock:
            kept = [self._free.pop() for _ in range(min(films, len(self._free)))]
        return kept + [self._make() for _ in range(films - len(kept))]

    def _count(self, films: int) -> None:
        with self._lock:
            self._under_way += films


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
