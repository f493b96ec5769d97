"""Refitting on a site's films: by patient, held out, and only where there are enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.calibrate import logit, sigmoid
from models.findings import Label, Score
from models.fit_calibration import cross_fit, fit_platt
from models.site_fit import LEAST, Case, LabelFit, Plan, fit_site, fold_of, plan

MASS, NODULE = Label.MASS, Label.NODULE
WHOLE = plan("youden", 0.9, 0.9, folds=3)
PLAN = Plan({"youden": WHOLE.rules["youden"]}, "youden", 3)  # one rule where the rules do not matter: faster


def score(raw: float, doubt: tuple[float, float] = (0.4, 0.6)) -> Score:
    return Score(raw, raw, 0.5, doubt)


def cases(number: int = 240, slope: float = 1.5, intercept: float = -1.0, *, seed: int = 0) -> list[Case]:
    """Films of two a patient, whose masses follow a known map of the raw score."""
    rng = np.random.default_rng(seed)
    found = []
    for film in range(number):
        raw = float(sigmoid(rng.normal() * 1.5))
        ill = bool(rng.random() < sigmoid(slope * logit(raw) + intercept))
        found.append(Case(f"patient {film // 2}", {MASS: ill}, {MASS: score(raw)}))
    return found


def fit(films: Sequence[Case], how: Plan = PLAN) -> LabelFit:
    (found,) = fit_site(films, [MASS], how)
    return found


def test_it_finds_the_map_and_mends_the_error() -> None:
    found = fit(cases(800))
    assert found.calibration is not None
    assert (found.calibration.slope, found.calibration.intercept) == pytest.approx((1.5, -1.0), abs=0.4)
    assert found.error_after < found.error_before / 2
    assert found.auc_interval[0] < found.auc < found.auc_interval[1]


def test_the_prevalence_of_the_films_is_kept() -> None:
    films = cases()
    found = fit(films)
    assert found.calibration is not None
    assert found.calibration.prevalence == pytest.approx(sum(case.known[MASS] for case in films) / len(films))
    assert found.positive == sum(case.known[MASS] for case in films)


@pytest.mark.parametrize("value", [True, False])
def test_too_few_of_a_class_keep_the_calibration(value: bool) -> None:
    films = cases()
    of_class = [case for case in films if case.known[MASS] is value]
    others = [case for case in films if case.known[MASS] is not value]
    assert fit([*of_class[: LEAST - 1], *others]).calibration is None
    assert fit([*of_class[:LEAST], *others]).calibration is not None


def test_many_films_of_one_patient_are_not_many() -> None:
    films = [replace(case, patient="one") if case.known[MASS] else case for case in cases()]
    assert fit(films).kept == "all positive films are of one fold of patients"


def test_what_nobody_judged_is_left_out() -> None:
    films = cases(60)
    unknown = [replace(case, known={}) for case in cases(60, seed=1)]
    assert fit([*films, *unknown]) == fit(films)
    assert fit_site(unknown, [MASS], PLAN) == []


def test_what_the_expert_kept_silent_on_is_left_out() -> None:
    assert fit_site([replace(case, scores={}) for case in cases(10)], [MASS], PLAN) == []


def test_a_label_is_fitted_by_itself() -> None:
    both = [
        replace(case, known={**case.known, NODULE: True}, scores={**case.scores, NODULE: score(0.5)})
        for case in cases()
    ]
    mass, nodule = fit_site(both, [MASS, NODULE], PLAN)
    assert mass == fit(cases())
    assert nodule.kept is not None


def test_the_proposals_reach_what_they_promise_on_films_left_out() -> None:
    proposals = fit(cases(800), WHOLE).proposals
    assert proposals is not None
    assert proposals["sensitivity"].sensitivity == pytest.approx(0.9, abs=0.05)
    assert proposals["specificity"].specificity == pytest.approx(0.9, abs=0.05)
    merit = {name: found.sensitivity + found.specificity for name, found in proposals.items()}
    assert merit["youden"] > max(merit["sensitivity"], merit["specificity"]) - 0.03


@pytest.mark.parametrize("rule", ["f1", "youden", "sensitivity", "specificity"])
def test_the_chosen_threshold_is_used_and_lies_in_its_doubt(rule: str) -> None:
    found = fit(cases(120), replace(WHOLE, chosen=rule))
    assert found.calibration is not None
    assert found.proposals is not None
    assert found.calibration.threshold == found.proposals[rule].threshold
    low, high = found.calibration.doubt
    assert 0 < low < found.calibration.threshold < high < 1


def width(doubt: tuple[float, float]) -> float:
    found = fit([replace(case, scores={MASS: score(case.scores[MASS].raw, doubt)}) for case in cases(120)])
    assert found.calibration is not None
    low, high = map(logit, found.calibration.doubt)
    return high - low


def test_the_networks_own_doubt_is_carried_over() -> None:
    assert width((0.2, 0.8)) > width((0.4, 0.6)) > width((0.5, 0.5)) > 0


def test_an_expert_that_was_never_calibrated_brings_no_doubt() -> None:
    assert width((0.0, 1.0)) == width((0.5, 0.5))


def test_folds_go_by_patient_and_not_by_order() -> None:
    assert [fold_of("a", 5), fold_of("b", 5)] == [fold_of("a", 5), fold_of("b", 5)]
    assert {fold_of(str(patient), 5) for patient in range(60)} == set(range(5))


@pytest.fixture
def misleading() -> Callable[[int], tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.float64]]]:
    def make(seed: int) -> tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.float64]]:
        logits = np.random.default_rng(seed).normal(size=400)
        return (logits < -1).astype(float), logits

    return make


def test_scores_that_mislead_leave_little_more_than_the_prevalence(
    misleading: Callable[[int], tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.float64]]],
) -> None:
    targets, logits = misleading(0)
    slope, intercept = fit_platt(targets, logits)
    said = 1 / (1 + np.exp(-(slope * logits + intercept)))
    assert slope > 0
    assert said.mean() == pytest.approx(targets.mean(), abs=0.01)
    assert np.ptp(said) < 0.1


def test_a_held_out_threshold_is_that_of_the_other_folds() -> None:
    films = cases(300)
    targets = np.array([float(case.known[MASS]) for case in films])
    logits = np.array([logit(case.scores[MASS].raw) for case in films])
    patients = np.arange(300) // 2
    _, thresholds = cross_fit(targets, logits, patients, patients % 3)
    assert len(set(thresholds.tolist())) == 3
