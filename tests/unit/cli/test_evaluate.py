"""`cxr evaluate experts`: what is missing is one line, what differs is told and ends with status 1."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.evaluation import registry
from models.evaluation.part import Check, Given, MissingDataError, Part, Table
from service.cli.evaluate import app
from tests.fakes import FakeExpert

NAMES = ("same", "other", "absent")

needs_matplotlib = pytest.mark.skipif(find_spec("matplotlib") is None, reason="left out: needs the extra `evaluate`")


def build_fake(_options: dict[str, str]) -> FakeExpert:
    return FakeExpert()


def same(given: Given) -> Part:
    given.say("measuring")
    table = Table("Table", ("expert",), tuple((expert.card.name,) for expert in given.experts))
    return Part("The same", (table,), checks=(Check("auc", 0.7431, 0.7431),))


def other(_given: Given) -> Part:
    return Part("Another", checks=(Check("auc", 0.7431, 0.75),))


def absent(given: Given) -> Part:
    raise MissingDataError(f"{given.data / 'nih'} is missing")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return the command over parts of ours and a fake expert, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_EXPERTS", f"{__name__}:build_fake")
    monkeypatch.setattr("service.cli.evaluate.PARTS", {name: f"{__name__}:{name}" for name in NAMES})

    def invoke(*parts: str, data: Path = tmp_path) -> Result:
        chosen = [word for part in parts for word in ("--part", part)]
        return CliRunner().invoke(app, ["experts", "--data", str(data), "--out", "out", *chosen])

    return invoke


@needs_matplotlib
def test_figures_that_came_out_the_same_end_well(run: Callable[..., Result]) -> None:
    result = run("same")
    assert result.exit_code == 0, result.output
    assert "fake" in result.output
    assert [line.split() for line in result.output.splitlines() if "auc" in line] == [["auc", "0.7431", "0.7431"]]
    assert "The same" in Path("out/index.md").read_text()


@needs_matplotlib
def test_a_figure_that_differs_is_marked_and_fails(run: Callable[..., Result]) -> None:
    result = run("same", "other")
    assert result.exit_code == 1
    assert result.output.count("DIFFERS") == 1


@needs_matplotlib
def test_a_part_that_cannot_be_measured_is_told_and_the_others_are(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == 1
    assert f"not measured: absent: {tmp_path / 'nih'} is missing" in result.output
    assert "The same" in result.output
    assert "Left out: absent" in Path("out/index.md").read_text()


def test_without_the_films_one_line_says_so(run: Callable[..., Result], tmp_path: Path) -> None:
    error = run("same", data=tmp_path / "none").exception
    assert str(error) == f"The films are missing: there is no folder {tmp_path / 'none'}."


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="left out: matplotlib is here")
def test_without_matplotlib_one_line_says_so(run: Callable[..., Result]) -> None:
    assert "pip install 'cxr-scribe[evaluate]'" in str(run("same").exception)


def test_a_part_that_there_is_not_is_named(run: Callable[..., Result]) -> None:
    result = run("gout")
    assert result.exit_code == 2
    assert "gout" in result.output


def test_every_part_of_the_real_registry_is_a_function_of_what_is_given() -> None:
    for place in registry.PARTS.values():
        assert list(signature(registry.part(place)).parameters) == ["given"]
