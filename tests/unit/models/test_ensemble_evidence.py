"""What a card proves, and what an expert weighs of which nothing is proven."""

from __future__ import annotations

from typing import Any

import pytest

from models.base import ExpertCard
from models.evidence import UNMEASURED, evidence_of, prevalence_of, weight
from models.findings import Label


def card(details: dict[str, Any], name: str = "a") -> ExpertCard:
    return ExpertCard(name, "1", (Label.MASS, Label.NODULE), "0" * 64, "Apache-2.0", details)


def measured(**figures: object) -> ExpertCard:
    return card({"metrics": {"labels": {"mass": figures}}})


def test_the_lower_end_of_the_interval_counts_above_chance() -> None:
    assert weight(measured(auc=0.8, auc_interval=[0.75, 0.85]), Label.MASS) == pytest.approx(0.25)


def test_few_films_weigh_less_than_many() -> None:
    few, many = measured(auc=0.8, auc_interval=[0.6, 0.95]), measured(auc=0.8, auc_interval=[0.78, 0.82])
    assert weight(few, Label.MASS) < weight(many, Label.MASS)


@pytest.mark.parametrize("interval", [[0.3, 0.6], [0.52, 0.7], [], None, "wide", ["low", "high"]])
def test_little_evidence_and_none_weigh_the_least(interval: object) -> None:
    assert weight(measured(auc_interval=interval), Label.MASS) == UNMEASURED


@pytest.mark.parametrize(
    "details", [{}, {"metrics": None}, {"metrics": {"labels": []}}, {"metrics": {"labels": {"mass": 3}}}]
)
def test_a_card_without_figures_proves_nothing(details: dict[str, Any]) -> None:
    assert weight(card(details), Label.MASS) == UNMEASURED
    assert prevalence_of(card(details), Label.MASS) is None


def test_every_label_of_every_expert_has_its_weight() -> None:
    cards = [measured(auc_interval=[0.9, 0.95]), card({}, "b")]
    assert evidence_of(cards) == {
        "a": {Label.MASS: pytest.approx(0.4), Label.NODULE: UNMEASURED},
        "b": {Label.MASS: UNMEASURED, Label.NODULE: UNMEASURED},
    }


@pytest.mark.parametrize(("share", "known"), [(0.2, 0.2), (0, None), (1, None), ("often", None)])
def test_a_prevalence_is_a_share_with_odds(share: object, known: float | None) -> None:
    assert prevalence_of(measured(prevalence=share), Label.MASS) == known
