"""One way to run a network, in a process of its own: ``python -m bench.contestant WAY FOLDER``.

For each number on standard input it infers so many films and answers with the milliseconds a film took, as JSON. While
one runs, the others wait: their threads do not disturb it.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

CROWD = 16
"""Callers at a time, where throughput is measured."""

Run = Callable[[int], list[float]]
"""Infers so many films; milliseconds a film."""


def _one_by_one(infer: Callable[[], object]) -> Run:
    def run(count: int) -> list[float]:
        taken = []
        for _ in range(count):
            started = time.perf_counter()
            infer()
            taken.append((time.perf_counter() - started) * 1000)
        return taken

    return run


def _together(infer_all: Callable[[int], object]) -> Run:
    def run(count: int) -> list[float]:
        started = time.perf_counter()
        infer_all(count)
        return [(time.perf_counter() - started) * 1000 / count]

    return run


def eager(_folder: Path) -> Run:
    """Call the network as MedRAX does: torch's defaults, inference mode, result to the processor."""
    import torch  # noqa: PLC0415 - each process loads its own way only

    from bench.zoo import SIDE, densenet  # noqa: PLC0415 - as above

    network = densenet()
    film = torch.from_numpy(_film((1, SIDE, SIDE)))

    def infer() -> object:
        with torch.inference_mode():
            return network(film).cpu()[0].numpy()

    return _one_by_one(infer)


def onnxruntime(folder: Path) -> Run:
    """Run ONNX Runtime with its defaults."""
    import onnxruntime as runtime  # noqa: PLC0415 - as above

    session = runtime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    film = _film(tuple(session.get_inputs()[0].shape[1:]))
    return _one_by_one(lambda: session.run(None, {"film": film}))


def _openvino(folder: Path, hint: str) -> tuple[Any, np.ndarray]:
    import openvino  # noqa: PLC0415 - as above

    network = openvino.Core().read_model(folder / "model.xml")
    network.reshape([1, *list(network.input(0).partial_shape)[1:]])
    # Not pinned, as ours is not: on a core that something else holds, a pinned stream would lose by that alone.
    config = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False}
    compiled = openvino.Core().compile_model(network, "CPU", config)
    return compiled, _film(tuple(network.input(0).shape)[1:])


def openvino_latency(folder: Path) -> Run:
    """Run bare OpenVINO, as fast as one film goes."""
    compiled, film = _openvino(folder, "LATENCY")
    request = compiled.create_infer_request()
    return _one_by_one(lambda: request.infer({0: film}, share_inputs=True))


def openvino_throughput(folder: Path) -> Run:
    """Run bare OpenVINO, as many films a second as it can."""
    import openvino  # noqa: PLC0415 - as above

    compiled, film = _openvino(folder, "THROUGHPUT")
    queue = openvino.AsyncInferQueue(compiled)

    def infer_all(count: int) -> None:
        for _ in range(count):
            queue.start_async({0: film}, share_inputs=True)
        queue.wait_all()

    return _together(infer_all)


def _ours(folder: Path, precision: str = "f32") -> Callable[[], object]:
    from models.runtime import Network, Precision  # noqa: PLC0415 - as above

    network = Network(folder / "model.xml", precision=Precision(precision))
    film = _film(network.shape)
    return lambda: network.infer(film)


def ours_alone(folder: Path) -> Run:
    """Run our runtime, one film at a time."""
    return _one_by_one(_ours(folder))


def ours_bf16(folder: Path) -> Run:
    """Run our runtime in half precision, one film at a time."""
    return _one_by_one(_ours(folder, "bf16"))


def ours_int8(folder: Path) -> Run:
    """Run our runtime on the quantised network, one film at a time."""
    return _one_by_one(_ours(folder, "int8"))


def ours_crowd(folder: Path) -> Run:
    """Run our runtime, called from many threads."""
    infer, pool = _ours(folder), ThreadPoolExecutor(CROWD)
    return _together(lambda count: list(pool.map(lambda _: infer(), range(count))))


def _film(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (1, *shape)).astype(np.float32)


SINGLE = (eager, onnxruntime, openvino_latency, ours_alone, openvino_throughput, ours_crowd)
WAYS = {way.__name__: way for way in (*SINGLE, ours_bf16, ours_int8)}


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")
    run = WAYS[sys.argv[1]](Path(sys.argv[2]))
    run(CROWD)
    for line in sys.stdin:
        answer = {"ms": run(int(line)), "rss_mb": _rss_mb()}
        print(json.dumps(answer), flush=True)


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
