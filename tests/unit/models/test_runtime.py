"""The compiled network: as many threads as the container may use, safe to share, honest when it fails."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.base import ExpertError
from models.preprocess import Planes
from models.runtime import Network, cpu_quota
from models.weights import ASSETS

MODEL = ASSETS / "embedded" / "model.xml"
CORES = len(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(MODEL, threads=1)


def planes(seed: int) -> Planes:
    return np.random.default_rng(seed).uniform(-1, 1, (1, 1, 288, 288)).astype(np.float32)


def test_outputs_come_by_name(network: Network) -> None:
    outputs = network.infer(planes(0))
    assert outputs["scores"].shape == (1, len(network.labels))
    assert outputs["maps"].shape == (1, len(network.labels), 9, 9)


def test_the_mean_of_a_map_is_the_logit_of_its_score(network: Network) -> None:
    outputs = network.infer(planes(1))
    logits = outputs["maps"].mean((2, 3))
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), outputs["scores"], atol=1e-5)


def test_threads_that_share_it_get_their_own_results(network: Network) -> None:
    inputs = [planes(seed) for seed in range(12)]
    expected = [network.infer(batch)["scores"] for batch in inputs]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda batch: network.infer(batch)["scores"], inputs))
    np.testing.assert_array_equal(np.concatenate(together), np.concatenate(expected))


def test_an_earlier_result_survives_the_next_inference(network: Network) -> None:
    first = network.infer(planes(0))["scores"]
    kept = first.copy()
    network.infer(planes(1))
    np.testing.assert_array_equal(first, kept)


def test_a_wrong_shape_is_an_expert_error_and_leaves_it_usable(network: Network) -> None:
    with pytest.raises(ExpertError, match="network failed"):
        network.infer(np.zeros((1, 3, 64, 64), dtype=np.float32))
    assert np.isfinite(network.infer(planes(0))["scores"]).all()


def test_the_compiled_network_is_kept_for_the_next_start(tmp_path: Path, network: Network) -> None:
    Network(MODEL, threads=1, cache_dir=tmp_path)
    kept = list(tmp_path.rglob("*.blob"))
    assert kept
    again = Network(MODEL, threads=1, cache_dir=tmp_path)
    assert list(tmp_path.rglob("*.blob")) == kept
    np.testing.assert_array_equal(again.infer(planes(0))["scores"], network.infer(planes(0))["scores"])


def test_a_damaged_cache_is_made_again(tmp_path: Path, network: Network) -> None:
    Network(MODEL, threads=1, cache_dir=tmp_path)
    (blob,) = tmp_path.rglob("*.blob")
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:1000])
    again = Network(MODEL, threads=1, cache_dir=tmp_path)
    np.testing.assert_array_equal(again.infer(planes(0))["scores"], network.infer(planes(0))["scores"])


def test_a_batch_equals_its_films_one_by_one_to_the_last_bit(network: Network) -> None:
    lanes = Network(MODEL, threads=2)
    batch = np.concatenate([planes(seed) for seed in range(5)])
    together = lanes.infer(batch)
    for name in ("scores", "maps"):
        alone = np.concatenate([network.infer(film[np.newaxis])[name] for film in batch])
        np.testing.assert_array_equal(together[name], alone)


def test_batches_that_overlap_are_each_right(network: Network) -> None:
    lanes = Network(MODEL, threads=2)
    requests = [np.concatenate([planes(seed + n) for n in range(1 + seed % 4)]) for seed in range(12)]
    expected = [np.concatenate([network.infer(film[np.newaxis])["scores"] for film in batch]) for batch in requests]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda batch: lanes.infer(batch)["scores"], requests))
    for said, alone in zip(together, expected, strict=True):
        np.testing.assert_array_equal(said, alone)


def test_lanes_are_the_same_however_often_they_are_compiled() -> None:
    films = np.concatenate([planes(seed) for seed in range(3)])
    said = [Network(MODEL, threads=2).infer(films)["scores"] for _ in range(6)]
    for other in said[1:]:
        np.testing.assert_array_equal(other, said[0])


def test_a_batch_that_is_no_plain_array_is_understood(network: Network) -> None:
    flipped = planes(0)[..., ::-1]
    expected = network.infer(np.ascontiguousarray(flipped))["scores"]
    np.testing.assert_array_equal(network.infer(flipped)["scores"], expected)


def test_a_missing_network_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="cannot load"):
        Network(tmp_path / "none.xml")


def test_a_file_that_is_no_network_is_an_expert_error(tmp_path: Path) -> None:
    (tmp_path / "broken.xml").write_text("<net/>")
    with pytest.raises(ExpertError, match="cannot load"):
        Network(tmp_path / "broken.xml")


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000", CORES), ("50000 100000", 1), ("100000 100000", 1), (f"{CORES * 100000} 100000", CORES)],
)
def test_the_quota_of_cgroup_v2_bounds_the_threads(tmp_path: Path, text: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(text + "\n")
    assert cpu_quota(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", CORES), ("100000", 1)])
def test_so_does_that_of_cgroup_v1(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cpu_quota(tmp_path) == cores


def test_without_a_cgroup_the_affinity_counts(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) == CORES
