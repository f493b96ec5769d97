"""One compiled network on the processor, through OpenVINO: thread-safe, with as many requests as it has streams.

CUDA and batching across requests are not here yet; callers see only ``infer``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from models.base import ExpertError
from models.preprocess import Planes

LABELS_KEY = "labels"
"""Where a network's own label names are kept: runtime information of the model, joined by commas."""

CGROUP = Path("/sys/fs/cgroup")


def cpu_quota(cgroup: Path = CGROUP) -> int:
    """Cores that this process may really use: its affinity, cut to the container's quota (cgroup v2 or v1)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = _read_quota(cgroup)
    return cores if quota <= 0 or period <= 0 else max(1, min(cores, round(quota / period)))


def _read_quota(cgroup: Path) -> tuple[int, int]:
    """Microseconds of processor a period, and the period; (0, 0) where there is no limit or no cgroup."""
    try:
        if (cgroup / "cpu.max").is_file():
            quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        else:
            folder = cgroup / "cpu"
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        return int(quota), int(period)
    except (OSError, ValueError):  # no cgroup here, or the word "max": no limit
        return 0, 0


class Network:
    """A network in OpenVINO's format, compiled once for batches of one.

    ``threads`` of 0 means ``cpu_quota()``. With ``cache_dir`` the compiled network is kept there for the next start.
    ``labels`` are the network's own names of its outputs, in their order. Single precision is asked for by name, so
    that every processor gives the same findings.
    """

    def __init__(self, model: Path, *, threads: int = 0, cache_dir: Path | None = None) -> None:
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads or cpu_quota(),
        }
        if cache_dir is not None:
            config["CACHE_DIR"] = str(cache_dir)
        try:
            core = openvino.Core()
            network = core.read_model(model)
            self.labels = tuple(str(network.get_rt_info(LABELS_KEY).value).split(","))
            network.reshape([1, *list(network.input(0).partial_shape)[1:]])
            compiled = core.compile_model(network, "CPU", config)
            requests = [compiled.create_infer_request() for _ in range(_streams(compiled))]
        except RuntimeError as error:
            raise ExpertError(f"OpenVINO cannot load {model}: {error}") from error
        self._names = tuple(output.any_name for output in compiled.outputs)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for request in requests:
            self._idle.put(request)

    @contextmanager
    def _request(self) -> Iterator[Any]:
        request = self._idle.get()
        try:
            yield request
        finally:
            self._idle.put(request)

    def infer(self, batch: Planes) -> Mapping[str, NDArray[np.float32]]:
        """Return the outputs by name for one film, (1, planes, rows, columns); blocks until a request is free.

        Raises ExpertError when the network fails, also on a wrong shape.
        """
        with self._request() as request:
            try:
                results = request.infer({0: batch}, share_inputs=True)
            except RuntimeError as error:
                raise ExpertError(f"The network failed: {error}") from error
            # Copied, because the next user of the request overwrites its tensors.
            return {name: np.array(results[name]) for name in self._names}


def _streams(compiled: openvino.CompiledModel) -> int:
    return int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
