"""`cxr experts`: what there is, how to get it, what it is, how fast it reads; and what goes wrong is one sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from models.base import ExpertError, GrayImage
from models.experts.zoo import DEFAULT, catalogue
from models.findings import ExpertReading
from models.weights import sha256_of
from service.bootstrap.panel import load_experts
from service.cli.app import app
from service.cli.progress import Bar
from service.cli.speed import measure
from service.domain.errors import ConfigurationError
from service.settings import Settings
from tests import fake_nncf
from tests.fakes import FakeExpert
from tests.phantom import draw_phantom
from tests.tiny_network import write_pulled

EXPERTS = f"{__name__}:build_fake"


def build_fake(_options: dict[str, str]) -> FakeExpert:
    return FakeExpert()


def build_failing(_options: dict[str, str]) -> FakeExpert:
    class Failing(FakeExpert):
        def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:  # noqa: ARG002 - the port's signature
            raise ExpertError("It failed.")

    return Failing()


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to be in, with a fake expert."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_EXPERTS", EXPERTS)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["experts", *arguments])


def lines_of(output: str, name: str) -> list[str]:
    return [line for line in output.splitlines() if line.split()[:1] == [name]]


def test_the_list_names_the_active_and_all_that_can_be_pulled() -> None:
    output = run("list").output
    assert len(lines_of(output, "fake")) == 1
    assert all(len(lines_of(output, name)) == 1 for name in catalogue())


def test_the_list_says_what_was_pulled(site: Path) -> None:
    write_pulled(site / "var" / "experts")
    output = run("list").output
    (line,), (other,) = lines_of(output, DEFAULT), lines_of(output, "densenet121-res224-nih")
    assert " pulled " in line
    assert " pulled " not in other


def test_the_list_is_printed_though_an_active_expert_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_EXPERTS", "no_such_plug")
    output = run("list").output
    assert "none: There is no plug 'no_such_plug'" in output
    assert lines_of(output, DEFAULT)


def test_the_card_of_an_active_expert_is_printed() -> None:
    assert json.loads(run("card", "fake").output) == FakeExpert().card.details


def test_the_card_of_a_pulled_network_is_printed_before_it_is_active(site: Path) -> None:
    write_pulled(site / "var" / "experts")
    card = json.loads(run("card", DEFAULT).output)
    assert card["name"] == DEFAULT
    assert card["calibration"] == {"fitted": "none"}


def test_the_card_of_nothing_is_refused() -> None:
    result = run("card", DEFAULT)
    assert result.exit_code == 2
    assert "cxr experts list" in result.output


def test_an_expert_that_fails_in_the_bench_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_EXPERTS", f"{__name__}:build_failing")
    error = run("bench").exception
    assert isinstance(error, ConfigurationError)
    assert error.detail == "It failed."


def test_the_bench_prints_a_row_an_expert() -> None:
    (row,) = lines_of(run("bench").output, "fake")
    assert row.count(" ms") == 2


def test_a_pull_of_what_is_unknown_is_one_sentence() -> None:
    error = run("pull", "densenet").exception
    assert isinstance(error, ConfigurationError)
    assert error.detail.startswith("The zoo has no network 'densenet'")


def test_a_pull_needs_a_file_that_is_there() -> None:
    result = run("pull", DEFAULT, "--from", "missing.pt")
    assert result.exit_code == 2
    assert "missing.pt" in result.output


def draw(folder: Path, films: int) -> str:
    folder.mkdir()
    for number in range(films):
        Image.fromarray(draw_phantom(64, 64, bits=8, seed=number).astype(np.uint8)).save(folder / f"{number}.png")
    return str(folder)


def test_what_int8_costs_is_printed_and_then_it_may_be_served(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nncf.install(monkeypatch)
    folder = write_pulled(site / "var" / "experts")
    result = run("precision", DEFAULT, "--images", draw(site / "films", 42), "--calibrate", "20")
    assert result.exit_code == 0, result.exception
    ((_, faster, *figures),) = (line.split() for line in lines_of(result.output, "int8"))
    stated = json.loads((folder / "card.json").read_text())["precisions"]["int8"]
    assert float(faster) > 0
    assert figures[0] == f"{stated['largest_difference']:.4f}"
    assert figures[2] == f"{stated['calls_changed']:.2%}"
    assert "on 22 films that int8 was not made with" in result.output
    assert f"CXR_EXPERT_PRECISION={DEFAULT}=int8" in result.output
    (expert,) = load_experts(Settings(experts=DEFAULT, expert_precision=f"{DEFAULT}=int8"))
    assert expert.card.weights_sha256 == sha256_of(folder / "model.int8.bin")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (DEFAULT, "run `cxr experts pull densenet121-res224-all` first"),
        ("embedded", "The zoo has no network 'embedded'"),
        ("file:/srv/ours", "int8 is for pulled networks"),
    ],
)
def test_what_cannot_be_quantised_is_one_sentence(site: Path, name: str, said: str) -> None:
    error = run("precision", name, "--images", draw(site / "films", 1)).exception
    assert isinstance(error, ConfigurationError)
    assert said in error.detail


def test_too_few_films_are_told_with_what_to_do(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nncf.install(monkeypatch)
    write_pulled(site / "var" / "experts")
    error = run("precision", DEFAULT, "--images", draw(site / "films", 3)).exception
    assert isinstance(error, ConfigurationError)
    assert "100 to quantise with and 20 others to measure on are needed" in error.detail


def test_speed_is_counted_over_all_callers() -> None:
    class Counting(FakeExpert):
        films = 0

        def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
            self.films += len(images)
            return super().read(images)

    expert = Counting()
    speed = measure(expert, draw_phantom(64, 64).astype("float32"), callers=2, taken=10)
    assert 0 < speed.median_ms <= speed.p99_ms
    assert speed.films_a_second > 0
    assert expert.films == 3 + 10 + 10


def test_progress_is_told_by_tenths_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar() as bar:
        for done in range(0, 100_000_001, 1_000_000):
            bar.show(done, 100_000_000)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "0.0 of 100.0 MB"
    assert told[-1] == "100.0 of 100.0 MB"
    assert len(told) == 11


def test_progress_without_a_known_size_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar() as bar:
        for done in range(0, 50_000_001, 1_000_000):
            bar.show(done, None)
    assert capsys.readouterr().err.splitlines()[-1] == "50.0 MB"
