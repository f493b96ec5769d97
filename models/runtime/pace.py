"""How much faster a network is in less than single precision, on this machine, as it is at this hour."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import numpy as np

from models.runtime.device import Device
from models.runtime.network import Network
from models.runtime.precision import Precision

WARM_UP, ROUNDS = 3, 30


def times_faster(model: Path, precisions: Iterable[Precision]) -> dict[Precision, float]:
    """How many times faster than f32, one film at a time, on the processor.

    The median over rounds in which all take their turn: what disturbs one disturbs all. Raises ExpertError.
    """
    asked = tuple(precisions)
    networks = {each: Network(model, device=Device.CPU, precision=each) for each in (Precision.F32, *asked)}
    rounds = [{each: _seconds(network) for each, network in networks.items()} for _ in range(WARM_UP + ROUNDS)]
    return {each: median(took[Precision.F32] / took[each] for took in rounds[WARM_UP:]) for each in asked}


def _seconds(network: Network) -> float:
    film = np.random.default_rng(0).uniform(-1, 1, (1, *network.shape)).astype(np.float32)
    began = time.perf_counter()
    network.infer(film)
    return time.perf_counter() - began
