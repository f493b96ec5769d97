"""What a site may ask of the runtime, and what it is told when it may not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.base import ExpertCard, ExpertError
from models.runtime import open_network
from models.runtime.host import cache_folder
from models.runtime.precision import Precision, permitted
from models.weights import ASSETS, load_card

FOLDER = ASSETS / "embedded"
MODEL = FOLDER / "model.xml"

INTEL = "processor : 0\nmodel name\t: One\nflags\t\t: sse avx2\ncpu MHz : {mhz}\n\nprocessor : 1\nflags: sse\n"


@pytest.fixture(scope="module")
def card() -> ExpertCard:
    return load_card(FOLDER)


def measured(card: ExpertCard, *names: str) -> ExpertCard:
    return replace(card, details=card.details | {"precisions": {name: {"mean_auc_loss": 0.001} for name in names}})


def test_single_precision_needs_no_figure(card: ExpertCard) -> None:
    assert permitted("f32", measured(card)) is Precision.F32


def test_less_is_allowed_where_the_card_states_its_loss(card: ExpertCard) -> None:
    assert permitted("bf16", measured(card, "bf16")) is Precision.BF16
    with pytest.raises(ExpertError, match="does not say what int8 costs"):
        permitted("int8", measured(card, "bf16"))


def test_an_unknown_precision_is_named(card: ExpertCard) -> None:
    with pytest.raises(ExpertError, match="f32, bf16, f16, int8, not 'f64'"):
        permitted("f64", card)


def test_options_reach_the_network(card: ExpertCard, tmp_path: Path) -> None:
    network = open_network(MODEL, {"threads": "1", "cache_dir": str(tmp_path), "device": "cpu", "other": "x"}, card)
    assert set(network.labels) == set(card.labels)
    assert list(tmp_path.rglob("*.blob"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"threads": "two"}, "whole number"),
        ({"device": "tpu"}, "auto, cpu, cuda, not 'tpu'"),
        ({"precision": "f16"}, "does not say what f16 costs"),
    ],
)
def test_a_wrong_option_is_an_expert_error(card: ExpertCard, options: dict[str, str], told: str) -> None:
    with pytest.raises(ExpertError, match=told):
        open_network(MODEL, options, card)


def test_a_precision_that_the_processor_lacks_is_an_expert_error(card: ExpertCard) -> None:
    # No x86 processor without AMX-FP16 computes in half precision: this holds where it runs, or the network loads.
    try:
        network = open_network(MODEL, {"precision": "f16"}, measured(card, "f16"))
    except ExpertError as error:
        assert "does not compute in f16" in str(error)  # noqa: PT017 - either outcome is right, by the processor
    else:
        assert np.isfinite(network.infer(np.zeros((1, 1, 288, 288), np.float32))["scores"]).all()


def test_int8_is_a_file_of_its_own(card: ExpertCard) -> None:
    with pytest.raises(ExpertError, match=r"model\.int8\.xml"):
        open_network(MODEL, {"precision": "int8"}, measured(card, "int8"))


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_cuda_without_torch_is_an_expert_error(card: ExpertCard) -> None:
    with pytest.raises(ExpertError, match="CUDA needs torch"):
        open_network(MODEL, {"device": "cuda"}, card)


def test_without_a_program_for_cuda_the_processor_is_taken(card: ExpertCard) -> None:
    assert open_network(MODEL, {"threads": "1"}, card).labels


def test_compiled_networks_are_kept_apart_by_processor(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(INTEL.format(mhz=2000))
    first = cache_folder(tmp_path, info)
    info.write_text(INTEL.format(mhz=3000))
    assert cache_folder(tmp_path, info) == first
    info.write_text(INTEL.format(mhz=3000).replace("avx2", "avx512f"))
    assert cache_folder(tmp_path, info) != first
    assert first.is_dir()


def test_a_system_without_cpuinfo_has_a_folder_too(tmp_path: Path) -> None:
    assert cache_folder(tmp_path, tmp_path / "none").is_dir()


def test_a_folder_that_cannot_be_made_is_an_expert_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExpertError, match="cannot be made"):
        cache_folder(tmp_path / "file")


def test_importing_the_runtime_imports_no_engine() -> None:
    code = "import sys, models.runtime; print(sorted({'openvino', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
