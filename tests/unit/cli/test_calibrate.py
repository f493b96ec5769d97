"""`cxr experts calibrate`: labels and films in, a site file out, and everything wrong is one sentence."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from models.findings import Label
from models.site_calibration import apply, load
from service.cli.calibrate import calibrate
from tests.fakes import FakeExpert

EXPERTS = f"{__name__}:build_fake"
EFFUSION, PNEUMOTHORAX = Label.PLEURAL_EFFUSION, Label.PNEUMOTHORAX
PLACE = Path("var/calibration/fake-1.json")


def build_fake(_options: dict[str, str]) -> FakeExpert:
    return FakeExpert()


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to be in, with a fake expert whose score is the share of white pixels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_EXPERTS", EXPERTS)
    (tmp_path / "films").mkdir()
    return tmp_path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(calibrate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def draw_film(path: Path, white: float) -> None:
    pixels = np.zeros((40, 40), dtype=np.uint8)
    pixels.flat[: round(white * pixels.size)] = 255
    Image.fromarray(pixels).save(path)


def write_table(rows: Sequence[Sequence[object]], columns: str = "image,patient,pleural_effusion") -> None:
    with Path("labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.split(","), *rows])


def write_films(positive: int, negative: int, *, seed: int = 0) -> None:
    """Films whose effusions are whiter, but not all of them, and their table."""
    rng = np.random.default_rng(seed)
    targets = [1] * positive + [0] * negative
    rows = [(f"{number}.png", f"patient {number // 2}", target) for number, target in enumerate(targets)]
    for name, _, target in rows:
        draw_film(Path("films") / name, float(np.clip(rng.normal(0.6 if target else 0.4, 0.12), 0.05, 0.95)))
    write_table(rows)


FIT = ("--labels", "labels.csv", "--images", "films")


def content() -> dict[str, Any]:
    written: dict[str, Any] = json.loads(PLACE.read_text())
    return written


def test_the_site_file_is_written_where_the_service_looks_and_applies_to_the_expert() -> None:
    write_films(25, 35)
    result = run(*FIT)
    assert result.exit_code == 0, result.output
    assert f"Written to {PLACE}" in result.output
    expert, warning = apply(FakeExpert(), PLACE.parent)
    assert warning is None
    note = expert.card.details["site_calibration"]
    assert (note["films"], note["patients"], note["labels"]) == (60, 30, [EFFUSION])


def test_the_printed_figures_are_those_of_the_file() -> None:
    write_films(25, 35)
    output = run(*FIT).output
    entry = content()["labels"][EFFUSION]
    assert (entry["films"], entry["positive"], entry["prevalence"]) == (60, 25, pytest.approx(25 / 60))
    assert f"{entry['auc']:.3f} [{entry['auc_interval'][0]:.3f}, {entry['auc_interval'][1]:.3f}]" in output
    assert set(entry["proposals"]) == {"f1", "youden", "sensitivity", "specificity"}
    assert "* f1" in output


def test_the_chosen_rule_sets_the_threshold() -> None:
    write_films(25, 35)
    for rule in ("sensitivity", "specificity"):
        assert run(*FIT, "--threshold", rule).exit_code == 0
        entry = content()["labels"][EFFUSION]
        assert entry["threshold"] == entry["proposals"][rule]["threshold"]
    proposals = content()["labels"][EFFUSION]["proposals"]
    assert proposals["sensitivity"]["threshold"] < proposals["specificity"]["threshold"]


def test_a_label_with_too_few_positives_keeps_its_calibration_and_says_so() -> None:
    write_films(5, 35)
    output = run(*FIT).output
    assert "keeps its calibration: 5 positive films, at least 20 are needed" in output
    assert content()["labels"] == {}
    assert content()["kept"] == {EFFUSION: "5 positive films, at least 20 are needed"}


def test_a_blank_is_not_known() -> None:
    for name in "abc":
        draw_film(Path("films") / f"{name}.png", 0.5)
    write_table([("a.png", 1, ""), ("b.png", 0, 1), ("c.png", "", "")], "image,pleural_effusion,pneumothorax")
    kept = run(*FIT)
    assert kept.exit_code == 0, kept.output
    counts = {line.split()[0]: line.split()[1:3] for line in kept.output.splitlines() if "keeps" in line}
    assert counts == {EFFUSION: ["2", "1"], PNEUMOTHORAX: ["1", "1"]}


def test_a_film_that_cannot_be_read_is_left_out_by_name() -> None:
    write_films(3, 3)
    Path("films/0.png").write_bytes(b"no film")
    result = run(*FIT)
    assert "left out: 0.png" in result.output
    assert content()["films"] == 5


def test_a_stated_prevalence_is_kept_and_needs_one_to_start_from() -> None:
    write_films(25, 35)
    assert run(*FIT, "--prevalence", "pleural_effusion=0.05").exit_code == 0
    assert load(PLACE).prevalence == {EFFUSION: 0.05}
    PLACE.unlink()
    refused = run("--prevalence", "pneumothorax=0.05")
    assert "nobody wrote down" in str(refused.exception)
    assert not PLACE.exists()


def test_with_films_a_prevalence_that_cannot_be_applied_is_left_out_in_the_open() -> None:
    write_films(25, 35)
    result = run(*FIT, "--prevalence", "pneumothorax=0.05")
    assert result.exit_code == 0, result.output
    assert "pneumothorax: the stated prevalence is NOT used" in result.output
    assert content()["prevalence"] == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "or --prevalence alone"),
        (("--labels", "labels.csv"), "or --prevalence alone"),
        (("--prevalence", "gout=0.1"), "LABEL=SHARE"),
        (("--prevalence", "mass=0.1"), "does not read mass"),
        (("--prevalence", "pneumothorax=1.5"), "between 0 and 1"),
        (("--prevalence", "pneumothorax"), "LABEL=SHARE"),
        (("--prevalence", "pneumothorax=0.1", "--expert", "nobody"), "'nobody'"),
    ],
)
def test_what_was_asked_wrong_is_said(arguments: Sequence[str], message: str) -> None:
    write_films(1, 1)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("columns", "row", "message"),
    [
        ("film,pleural_effusion", ("a.png", 1), "no column image"),
        ("image,gout", ("a.png", 1), "no label is called gout"),
        ("image,pleural_effusion", ("a.png", "yes"), "line 2: pleural_effusion is 'yes'"),
        ("image,pleural_effusion", ("z.png", 1), "films has no z.png"),
    ],
)
def test_what_is_wrong_in_the_table_is_named(columns: str, row: Sequence[object], message: str) -> None:
    draw_film(Path("films/a.png"), 0.5)
    write_table([row], columns)
    assert message in str(run(*FIT).exception)


def test_with_several_experts_one_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_EXPERTS", f"{EXPERTS},{EXPERTS}")
    assert "say which with --expert" in run("--prevalence", "pneumothorax=0.1").output
