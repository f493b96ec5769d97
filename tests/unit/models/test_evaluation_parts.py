"""The frame of the evaluation: figures against cards, the page, the sets and their labels."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import out_of_fold
from models.base import GrayImage
from models.evaluation import card, nih, page, plots, precision, shipped
from models.evaluation.part import Check, Given, MissingDataError, Part, Plot, Table, checks
from models.findings import ExpertReading, Label
from models.runtime.openvino_engine import halves
from models.runtime.precision import Precision, permitted
from models.training.films import LABELS
from models.training.lesser import words
from models.weights import ASSETS, load_card
from tests.fakes import FakeExpert

TABLE = Table("Numbers", ("a", "b"), (("1", "2"),), "How.")


def write_set(folder: Path, columns: str, rows: Sequence[Sequence[object]]) -> None:
    """Write a set: the first column is the film's name, and the film is as white as the last column says."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.split(","), *(row[:-1] for row in rows)])
    for name, *_, white in rows:
        Image.fromarray(np.full((8, 8), round(255 * float(str(white))), dtype=np.uint8)).save(folder / str(name))


def write_nih(data: Path) -> None:
    rows = [(f"{i}.png", i, "Effusion" if i % 2 else "No Finding", 0.8 if i % 2 else 0.2 + i / 30) for i in range(8)]
    write_set(data / "nih", "image,patient_id,labels", rows)


@pytest.mark.parametrize(
    ("told", "again", "agrees"), [(0.7431, 0.7432, True), (0.7431, 0.74325, False), (0.5, math.nan, False)]
)
def test_figures_agree_within_their_rounding(told: float, again: float, agrees: bool) -> None:
    assert Check("auc", told, again).agrees is agrees


def test_every_number_of_a_card_is_checked_by_its_path() -> None:
    told = {"mean": 0.5, "how": "by patient", "labels": {"mass": {"auc": 0.7, "interval": [0.6, 0.8]}}, "soft": True}
    found = checks("metrics", told, told)
    assert [check.name for check in found] == [
        "metrics.mean",
        "metrics.labels.mass.auc",
        "metrics.labels.mass.interval.0",
        "metrics.labels.mass.interval.1",
    ]
    assert all(check.agrees for check in found)


@pytest.mark.parametrize("again", [{}, {"a": {"b": [1.0]}}, {"a": {"b": "1.0"}}, {"a": 3}])
def test_a_number_that_is_not_computed_again_does_not_agree(again: Mapping[str, object]) -> None:
    assert not any(check.agrees for check in checks("", {"a": {"b": [1.0, 2.0]}}, again))


def test_the_page_tells_tables_differences_and_what_was_left_out(tmp_path: Path) -> None:
    part = Part("Chapter", (TABLE,), checks=(Check("auc", 0.7, 0.7), Check("error", 0.1, 0.2)))
    text = page.write(tmp_path / "out", {"chapter": part}, {"gate": "the films are missing"}).read_text()
    for line in (
        "## Chapter",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nHow.",
        "Of 2 figures on the card, 1 came out the same.",
        "- **differs**: error: the card says 0.1, now 0.2000",
        "Left out: gate, because the films are missing.",
    ):
        assert line in text


def test_plots_are_drawn_as_png_and_svg_the_same_every_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="left out: needs matplotlib, of the extra `evaluate`")
    targets, scores = np.array([0.0, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    drawn = (
        Plot("forest", "AUC", lambda figure: plots.forest(figure, {"mass": [(0.7, 0.6, 0.8)]}, ["ours"], "AUC", 0.5)),
        Plot("diagram", "Reliability", lambda figure: plots.reliability(figure, {"mass": [[0.1, 0.2], [0.6, 0.5]]})),
        Plot("roc", "ROC", lambda figure: plots.roc(figure, {"mass": (targets, scores), "nodule": (targets, -scores)})),
    )
    text = page.write(tmp_path, {"chapter": Part("Chapter", plots=drawn)}, {}).read_text()
    page.write(tmp_path / "again", {"chapter": Part("Chapter", plots=drawn[:1])}, {})
    assert (tmp_path / "again/forest.svg").read_text() == (tmp_path / "forest.svg").read_text()
    for plot in drawn:
        assert f"![{plot.title}]({plot.name}.png)" in text
        assert (tmp_path / f"{plot.name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (tmp_path / f"{plot.name}.svg").read_text()


def test_films_are_matched_to_their_scores_by_name(tmp_path: Path) -> None:
    write_nih(tmp_path)
    films = nih.films_of(Given(tmp_path, []))
    logits = np.arange(8 * len(LABELS), dtype=float).reshape(8, -1)
    out_of_fold.write(tmp_path, [path.name for path in reversed(films.paths)], LABELS, logits)
    np.testing.assert_array_equal(nih.scored(films, tmp_path).logits, logits[::-1])


def test_a_film_without_scores_is_named(tmp_path: Path) -> None:
    write_nih(tmp_path)
    films = nih.films_of(Given(tmp_path, []))
    with pytest.raises(MissingDataError, match=r"out_of_fold\.csv is missing"):
        nih.scored(films, tmp_path)
    out_of_fold.write(tmp_path, ["0.png"], LABELS, np.zeros((1, len(LABELS))))
    with pytest.raises(MissingDataError, match=r"lacks 7 films, among them 1\.png"):
        nih.scored(films, tmp_path)


def write_elsewhere(data: Path) -> None:
    write_set(data / "jsrt", "image,label", [("n.png", "Nodule", 0.4), ("w.png", "No Finding", 0.6)])
    write_set(data / "wingspan_ctr", "image,cardiomegaly_ctr_gt_0_5", [("a.png", "1", 0.4)])
    write_set(data / "kermany_pneumonia", "image,label,patient_hint", [("a.png", "NORMAL", "", 0.4)])
    write_set(data / "medrax_demo", "image,label", [("a.png", "effusion", 0.4)])
    seen = [("a.png", "COVID-19", "PA", 1, 0.9), ("b.png", "No Finding", "AP Supine", 2, 0.1)]
    left_out = [("c.png", "todo", "PA", 3, 0.1), ("d.png", "COVID-19", "", 4, 0.1)]
    write_set(data / "covid_chestxray_ieee8023", "image,finding,view,patientid", [*seen, *left_out])


class EightBit(FakeExpert):
    """Reads the films as the evaluation hands them over: 0 to 255."""

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        return super().read([image / np.float32(255) for image in images])


class Nodules(EightBit):
    """Speaks of nodules and of pneumonia in place of effusion and pneumothorax."""

    def __init__(self) -> None:
        super().__init__()
        self.card = replace(self.card, labels=(Label.PNEUMONIA, Label.NODULE))


def rows_of(part: Part) -> dict[tuple[str, str], tuple[str, ...]]:
    (table,) = part.tables
    return {(row[0], row[1]): row[2:] for row in table.rows}


def test_an_expert_is_judged_on_its_own_labels_where_films_have_them(tmp_path: Path) -> None:
    write_nih(tmp_path)
    write_elsewhere(tmp_path)
    rows = rows_of(shipped.evaluate(Given(tmp_path, [EightBit()])))
    assert set(rows) == {("nih", "pleural_effusion")}
    assert rows["nih", "pleural_effusion"][:3] == ("8", "4", "1.000 [1.000, 1.000]")
    assert rows["nih", "pleural_effusion"][4:] == ("1.00", "1.00", "yes")


def test_sets_from_elsewhere_give_the_films_whose_label_is_known(tmp_path: Path) -> None:
    write_nih(tmp_path)
    write_elsewhere(tmp_path)
    rows = rows_of(shipped.evaluate(Given(tmp_path, [Nodules()])))
    assert {key: row[:2] for key, row in rows.items()} == {
        ("jsrt", "nodule"): ("2", "1"),
        ("covid_chestxray_ieee8023", "pneumonia"): ("2", "1"),
    }
    assert {row[-1] for row in rows.values()} == {"no"}


@pytest.mark.films
def test_the_figures_of_the_card_come_out_the_same(shared_data: Path) -> None:
    part = card.evaluate(Given(shared_data, []))
    assert len(part.checks) > 14 * 10
    assert [check.name for check in part.checks if not check.agrees] == []


def test_what_half_precision_costs_is_held_against_the_cards(tmp_path: Path) -> None:
    write_nih(tmp_path)
    part = precision.evaluate(Given(tmp_path, []))
    (table,) = part.tables
    assert {check.name.split(".")[1] for check in part.checks} == {each.value for each in halves() if each == "bf16"}
    assert len(table.rows) == len(part.checks)
    for check in part.checks:
        if check.name.endswith(".films"):
            assert (check.card, check.again) == (200, 8)


@pytest.mark.parametrize("name", ["embedded", "anatomy"])
def test_the_embedded_networks_may_be_served_in_bf16(name: str) -> None:
    assert permitted("bf16", load_card(ASSETS / name)) is Precision.BF16


def test_the_cards_page_says_what_a_half_precision_costs() -> None:
    calls = {"films": 200, "largest_difference": 0.0399, "mean_difference": 0.0019, "calls_changed": 0.0029}
    told = words("embedded", {"bf16": calls, "f16": {"films": 7, "cells_changed": 0.00185}})
    assert "`CXR_EXPERT_PRECISION=embedded=bf16`), on 200 films: a probability differs by at" in told
    assert "most 0.040 (0.0019 on average), 0.3% of the calls change." in told
    assert told.count("\n- In ") == 2
    assert not words("embedded", {})
