"""The path to CUDA, run on torch's processor device as far as that goes. Needs torch, which the plain install lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.base import ExpertError
from models.runtime import Network
from models.runtime.precision import Precision

torch = pytest.importorskip("torch")

from models.runtime.torch_engine import TorchEngine, write_program  # noqa: E402 - it imports torch

SIDE = 8


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program of two outputs: the mean of the film and three times it, and the film itself as a map."""

    class Small(torch.nn.Module):  # type: ignore[misc, name-defined]  # torch is not typed here
        def __init__(self) -> None:
            super().__init__()
            self.times = torch.nn.Parameter(torch.tensor([1.0, 3.0]))

        def forward(self, film):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as above
            return {"scores": film.mean((1, 2, 3))[:, None] * self.times, "maps": film}

    path = tmp_path_factory.mktemp("program") / "model.pt2"
    write_program(Small(), torch.zeros(2, 1, SIDE, SIDE), ("mass", "nodule"), path)
    return path


def nothing() -> None:
    """Done when a batch is nearly done."""


def films(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(count).uniform(-1, 1, (count, 1, SIDE, SIDE)).astype(np.float32)


def test_a_program_says_what_it_is(program: Path) -> None:
    engine = TorchEngine(program, device="cpu")
    assert (engine.labels, engine.shape) == (("mass", "nodule"), (1, SIDE, SIDE))


@pytest.mark.parametrize("count", [1, 2, 32, 33, 70])
def test_any_number_of_films(program: Path, count: int) -> None:
    batch = films(count)
    outputs = TorchEngine(program, device="cpu").run(batch, nothing)
    means = batch.mean((1, 2, 3))
    np.testing.assert_allclose(outputs["scores"], np.stack([means, 3 * means], axis=1), atol=1e-6)
    np.testing.assert_array_equal(outputs["maps"], batch)


def test_half_precision_gives_single_precision_back(program: Path) -> None:
    outputs = TorchEngine(program, device="cpu", precision=Precision.BF16).run(films(2), nothing)
    assert {values.dtype for values in outputs.values()} == {np.dtype(np.float32)}


def test_int8_is_for_the_processor(program: Path) -> None:
    with pytest.raises(ExpertError, match="int8"):
        TorchEngine(program, device="cpu", precision=Precision.INT8)


def test_a_missing_program_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="torch cannot load"):
        TorchEngine(tmp_path / "none.pt2", device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_where_there_is_none_is_an_expert_error_when_asked_for(program: Path) -> None:
    with pytest.raises(ExpertError, match="no CUDA device"):
        Network(program.with_name("model.xml"), device="cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_and_is_not_taken_by_itself(program: Path) -> None:
    with pytest.raises(ExpertError, match="OpenVINO cannot load"):  # it was not torch that was asked
        Network(program.with_name("model.xml"))
