"""What the eye saw becomes reasons: the picture decides, tags only add doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.base import Film
from models.gate.eye import Look
from models.gate.judge import Points, doubt_reasons, stop_reasons, tag_doubts, view_of

POINTS = Points(
    stop=0.3,
    doubt=0.6,
    turned_stop=0.9,
    turned_doubt=0.5,
    inverted=0.5,
    child=0.8,
    pa=0.1,
    ap=0.9,
)
GOOD = Look(frontal=0.98, lateral=0.01, other=0.01, turns=(0.97, 0.01, 0.01, 0.01), inverted=0.01, ap=0.5, child=0.1)


def film(view: str | None = None, age_years: float | None = None) -> Film:
    return Film(np.zeros((8, 8), np.float32), view, age_years)


def kinds(frontal: float, lateral: float) -> Look:
    return replace(GOOD, frontal=frontal, lateral=lateral, other=1 - frontal - lateral)


def test_a_good_film_has_no_reasons() -> None:
    assert stop_reasons(GOOD, POINTS) == doubt_reasons(GOOD, POINTS) == []
    assert tag_doubts(film("PA", 50), GOOD, POINTS) == []


def test_what_is_no_chest_film_is_stopped_for_that_reason_alone() -> None:
    upside_down = replace(kinds(0.1, 0.1), turns=(0.0, 0.0, 1.0, 0.0), inverted=1.0)
    assert [reason[:45] for reason in stop_reasons(upside_down, POINTS)] == [
        "This does not look like a frontal chest radio"
    ]


def test_a_sure_lateral_is_stopped_and_called_lateral() -> None:
    look = kinds(0.1, 0.8)
    assert "lateral" in stop_reasons(look, POINTS)[0]
    assert view_of(look, POINTS) == "LATERAL"


def test_a_possible_lateral_is_read_and_marked() -> None:
    look = kinds(0.5, 0.4)
    assert stop_reasons(look, POINTS) == []
    assert "lateral or oblique" in doubt_reasons(look, POINTS)[0]
    assert view_of(look, POINTS) is None


def test_what_is_doubtful_and_has_no_lungs_is_stopped() -> None:
    assert stop_reasons(kinds(0.5, 0.1), POINTS, without_lungs=True)
    assert not stop_reasons(kinds(0.7, 0.1), POINTS, without_lungs=True)


def test_what_may_be_no_chest_film_is_read_and_marked() -> None:
    assert "not sure" in doubt_reasons(kinds(0.5, 0.1), POINTS)[0]


@pytest.mark.parametrize(
    ("turns", "where"),
    [((0, 1, 0, 0), "to the right"), ((0, 0, 1, 0), "down"), ((0, 0, 0, 1), "to the left")],
)
def test_a_turned_film_is_stopped_and_told_how_it_hangs(turns: tuple[float, ...], where: str) -> None:
    first, second, third, fourth = turns
    reasons = stop_reasons(replace(GOOD, turns=(first, second, third, fourth)), POINTS)
    assert len(reasons) == 1
    assert f"points {where}" in reasons[0]


def test_a_film_perhaps_turned_is_read_and_marked() -> None:
    look = replace(GOOD, turns=(0.4, 0.6, 0.0, 0.0))
    assert stop_reasons(look, POINTS) == []
    assert "to the right" in doubt_reasons(look, POINTS)[0]


def test_an_inverted_film_is_read_and_marked() -> None:
    look = replace(GOOD, inverted=0.99)
    assert stop_reasons(look, POINTS) == []
    assert "inverted" in doubt_reasons(look, POINTS)[0]


@pytest.mark.parametrize(("ap", "view"), [(0.95, "AP"), (0.05, "PA"), (0.5, None)])
def test_the_projection_is_given_only_when_sure(ap: float, view: str | None) -> None:
    assert view_of(replace(GOOD, ap=ap), POINTS) == view


@pytest.mark.parametrize("tag", ["LATERAL", "LL", " rl "])
def test_a_lateral_tag_on_a_frontal_picture_adds_a_doubt(tag: str) -> None:
    assert "projection" in tag_doubts(film(tag), GOOD, POINTS)[0]


def test_pa_in_the_tags_and_ap_in_the_picture_is_a_doubt() -> None:
    reason = tag_doubts(film("PA"), replace(GOOD, ap=0.95), POINTS)[0]
    assert "says PA" in reason
    assert "looks AP" in reason


@pytest.mark.parametrize("tag", [None, "", "AP", "XYZ"])
def test_a_tag_that_agrees_or_says_nothing_is_no_doubt(tag: str | None) -> None:
    assert tag_doubts(film(tag), replace(GOOD, ap=0.95), POINTS) == []


@pytest.mark.parametrize(
    ("age", "child", "said"),
    [
        (None, 0.9, "looks like a child's chest. The experts"),
        (None, 0.7, None),
        (4, 0.0, "4 years old"),
        (4, 1.0, "4 years old"),
        (40, 1.0, "but the file says 40 years"),
        (40, 0.0, None),
        (18, 0.0, None),
    ],
)
def test_a_child_is_marked_by_its_age_or_by_its_look(age: float | None, child: float, said: str | None) -> None:
    reasons = tag_doubts(film(age_years=age), replace(GOOD, child=child), POINTS)
    assert len(reasons) == (said is not None)
    assert said is None or said in reasons[0]
