"""The anatomy part of the evaluation: the card's figures come back from the table, a wrong one is found out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.anatomy import Anatomy
from models.evaluation.anatomy import evaluate
from models.evaluation.part import Given, MissingDataError
from models.training.anatomy.nih import rated
from tests.fakes import FakeSegmenter

COLUMNS = "image,patient_id,age,sex,view,follow_up,labels,source_repo"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight NIH films: two AP, one of a child, the others PA films of adults, three with a large heart."""
    folder = tmp_path / "nih"
    folder.mkdir()
    rows = [COLUMNS]
    for i in range(8):
        label, view, age = (
            "Cardiomegaly" if i % 3 == 0 else "No Finding",
            "AP" if i in {1, 2} else "PA",
            9 if i == 4 else 50,
        )
        rows.append(f"{i}.jpg,{i},{age},M,{view},0,{label},x")
        Image.fromarray(np.full((90, 90), 20 * i, dtype=np.uint8)).save(folder / f"{i}.jpg")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return tmp_path


def chest() -> Anatomy:
    return FakeSegmenter().segment([np.zeros((90, 90), dtype=np.float32)])[0]


def test_only_pa_films_are_measured_and_a_child_is_left_out(data: Path) -> None:
    films = rated(data, lambda _: chest())
    assert len(films.reasons) == 6
    assert films.reasons[2] == "child"
    assert np.isnan(films.ratios[2])
    assert films.given.sum() == 5
    assert films.targets.tolist() == [1, 1, 0, 0, 1, 0]


def test_a_film_without_heart_has_a_reason_and_no_ratio(data: Path) -> None:
    films = rated(data, lambda _: replace(chest(), heart=np.zeros_like(chest().heart)))
    assert not films.given.any()
    assert set(films.reasons) == {"lungs_not_seen", "child"}


def test_figures_of_held_out_films_are_those_of_the_card_and_those_of_other_nih_films_are_not(data: Path) -> None:
    part = evaluate(Given(data, experts=(), segmenter=FakeSegmenter()))
    held_out = [check for check in part.checks if check.name.startswith(("metrics.dice", "metrics.ratio"))]
    assert len(held_out) > 20
    assert all(check.agrees for check in held_out)
    assert not all(check.agrees for check in part.checks)
    assert [table.title for table in part.tables] == ["Organs on held-out films", "Cardiothoracic ratio"]


def test_without_the_network_or_the_films_the_part_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no anatomy network"):
        evaluate(Given(tmp_path, experts=()))
    with pytest.raises(MissingDataError, match="manifest"):
        evaluate(Given(tmp_path, experts=(), segmenter=FakeSegmenter()))
