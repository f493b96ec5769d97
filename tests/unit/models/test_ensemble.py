"""Several readings become one: means, abstention, contradiction, and who counts in a study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from models.ensemble import ReadImage, combine, combine_study, silent, silent_study
from models.findings import Abstention, ExpertReading, Finding, Label, Measure, Polarity, Region, Score, Zone

MASS, NODULE, HERNIA = Label.MASS, Label.NODULE, Label.HERNIA


def score(probability: float, *, threshold: float = 0.5, width: float = 0.1) -> Score:
    return Score(probability / 2, probability, threshold, (threshold - width, threshold + width))


def reading(scores: Mapping[Label, Score], expert: str = "a", **regions: Region) -> ExpertReading:
    where = {Label(name): region for name, region in regions.items()}
    return ExpertReading(expert, "1", f"sha-{expert}", scores, where)


def of(findings: tuple[Finding, ...], label: Label = MASS) -> Finding:
    return next(finding for finding in findings if finding.label is label)


def test_no_reading_gives_no_finding() -> None:
    assert combine([]) == ()
    assert combine_study([]) == ()


def test_one_reading_is_repeated_as_it_is() -> None:
    finding = of(combine([reading({MASS: score(0.8, threshold=0.4)})]))
    assert (finding.probability, finding.threshold, finding.uncertain) == (0.8, 0.4, False)
    assert finding.polarity is Polarity.PRESENT
    opinion = finding.experts[0]
    assert (opinion.expert, opinion.version, opinion.weights_sha256) == ("a", "1", "sha-a")
    assert (opinion.raw, opinion.probability) == (0.4, 0.8)


def test_findings_come_in_the_order_of_the_vocabulary() -> None:
    findings = combine([reading({NODULE: score(0.1), HERNIA: score(0.1)}), reading({MASS: score(0.1)}, "b")])
    assert [finding.label for finding in findings] == [HERNIA, MASS, NODULE]


def test_an_expert_speaks_only_for_the_labels_it_reads() -> None:
    findings = combine([reading({MASS: score(0.9)}), reading({NODULE: score(0.1), MASS: score(0.7)}, "b")])
    assert math.isclose(of(findings, MASS).probability, 0.8)
    assert of(findings, NODULE).probability == 0.1
    assert [opinion.expert for opinion in of(findings, NODULE).experts] == ["b"]
    assert HERNIA not in {finding.label for finding in findings}


def test_thresholds_are_averaged_like_probabilities() -> None:
    finding = of(combine([reading({MASS: score(0.5, threshold=0.2)}), reading({MASS: score(0.9, threshold=0.4)}, "b")]))
    assert math.isclose(finding.threshold, 0.3)


def test_the_interval_of_doubt_is_told_as_it_was_judged_by() -> None:
    readings = [
        reading({MASS: score(0.5, threshold=0.2)}),
        reading({MASS: score(0.9, threshold=0.4, width=0.3)}, "b"),
    ]
    finding = of(combine(readings))
    assert finding.doubt == pytest.approx((0.1, 0.5))
    assert finding.uncertain == (0.1 < finding.probability < 0.5)
    assert math.isclose(finding.probability, 0.7)


@pytest.mark.parametrize(
    ("probability", "uncertain"), [(0.39, False), (0.41, True), (0.5, True), (0.59, True), (0.61, False)]
)
def test_inside_its_doubt_an_expert_abstains(probability: float, uncertain: bool) -> None:
    finding = of(combine([reading({MASS: score(probability)})]))
    assert finding.uncertain is uncertain
    assert (finding.polarity is Polarity.UNCERTAIN) is uncertain


def test_a_doubt_of_no_width_doubts_nothing() -> None:
    assert not of(combine([reading({MASS: score(0.5, width=0.0)})])).uncertain


def test_experts_that_contradict_each_other_leave_it_uncertain() -> None:
    finding = of(combine([reading({MASS: score(0.99)}), reading({MASS: score(0.35)}, "b")]))
    assert finding.probability > 0.6
    assert finding.uncertain
    assert len(finding.experts) == 2


def test_an_abstaining_expert_contradicts_nobody() -> None:
    assert not of(combine([reading({MASS: score(0.99)}), reading({MASS: score(0.45)}, "b")])).uncertain


def test_each_is_held_against_its_own_threshold() -> None:
    low, high = score(0.3, threshold=0.1, width=0.05), score(0.9, threshold=0.7, width=0.05)
    assert not of(combine([reading({MASS: low}), reading({MASS: high}, "b")])).uncertain


def test_the_surest_reading_says_where() -> None:
    upper, lower = Region(Zone.LEFT_UPPER), Region(Zone.LEFT_LOWER)
    readings = [
        reading({MASS: score(0.7)}, "a", mass=upper),
        reading({MASS: score(0.8)}, "b", mass=lower),
        reading({MASS: score(0.9)}, "c"),
    ]
    assert of(combine(readings)).region == lower
    assert of(combine(readings[2:])).region is None


def test_a_study_is_the_mean_of_its_frontal_films() -> None:
    images = [
        ReadImage((reading({MASS: score(0.7)}),), "PA"),
        ReadImage((reading({MASS: score(0.9)}),), "AP"),
        ReadImage((reading({MASS: score(0.1)}),), "LL"),
    ]
    finding = of(combine_study(images))
    assert math.isclose(finding.probability, 0.8)
    assert not finding.uncertain
    assert len(finding.experts) == 1


@pytest.mark.parametrize("view", [None, "", "PA", "ap", "LLD", "RLD"])
def test_what_is_not_stated_to_be_lateral_counts_as_frontal(view: str | None) -> None:
    assert ReadImage((), view).frontal


@pytest.mark.parametrize("view", ["LL", "RL", "lateral", " LATERAL ", "LLO", "RLO"])
def test_laterals_and_obliques_are_not_frontal(view: str) -> None:
    assert not ReadImage((), view).frontal


def test_laterals_alone_are_read_but_everything_is_uncertain() -> None:
    findings = combine_study([ReadImage((reading({MASS: score(0.9), NODULE: score(0.01)}),), "LATERAL")])
    assert {finding.label: finding.polarity for finding in findings} == {
        MASS: Polarity.UNCERTAIN,
        NODULE: Polarity.UNCERTAIN,
    }


def test_frontal_films_that_contradict_each_other_leave_it_uncertain() -> None:
    images = [ReadImage((reading({MASS: score(p)}),), "PA") for p in (0.99, 0.35)]
    assert of(combine_study(images)).uncertain


def test_an_expert_counts_once_however_many_films_it_saw() -> None:
    images = [ReadImage((reading({MASS: score(0.9)}),)) for _ in range(3)]
    images.append(ReadImage((reading({MASS: score(0.7)}, "b"),)))
    finding = of(combine_study(images))
    assert math.isclose(finding.probability, 0.8)
    assert [opinion.expert for opinion in finding.experts] == ["a", "b"]


def weighted(weights: Mapping[str, float]) -> dict[str, dict[Label, float]]:
    return {name: {MASS: weight} for name, weight in weights.items()}


def test_the_evidence_weighs_probability_threshold_and_doubt() -> None:
    readings = [reading({MASS: score(0.9, threshold=0.6)}), reading({MASS: score(0.5, threshold=0.2)}, "b")]
    finding = of(combine(readings, weighted({"a": 0.3, "b": 0.1})))
    assert math.isclose(finding.probability, 0.8)
    assert math.isclose(finding.threshold, 0.5)


def test_without_evidence_every_expert_weighs_the_same() -> None:
    readings = [reading({MASS: score(0.9)}), reading({MASS: score(0.7)}, "b")]
    assert combine(readings) == combine(readings, weighted({"a": 2.0, "b": 2.0}))


def test_an_expert_of_which_nothing_is_known_weighs_little_and_not_nothing() -> None:
    readings = [reading({MASS: score(0.9)}), reading({MASS: score(0.7)}, "b")]
    assert 0.85 < of(combine(readings, weighted({"a": 0.35}))).probability < 0.9


@pytest.mark.parametrize(("weight", "uncertain"), [(0.05, False), (0.06, False), (0.07, True), (1.0, True)])
def test_a_dissenter_is_heard_from_a_fifth_of_the_weight_on(weight: float, uncertain: bool) -> None:
    readings = [reading({MASS: score(0.99)}), reading({MASS: score(0.3)}, "b")]
    assert of(combine(readings, weighted({"a": 0.25, "b": weight}))).uncertain is uncertain


def silent_on_mass(reason: Abstention, expert: str = "b") -> ExpertReading:
    return ExpertReading(expert, "1", f"sha-{expert}", {}, abstentions={MASS: reason})


def test_an_abstention_stays_with_the_finding_and_changes_nothing_else() -> None:
    spoken = reading({MASS: score(0.8)})
    finding = of(combine([spoken, silent_on_mass(Abstention.AP_VIEW), silent_on_mass(Abstention.CHILD, "c")]))
    assert finding.abstentions == (Abstention.AP_VIEW, Abstention.CHILD)
    assert replace(finding, abstentions=()) == of(combine([spoken]))


def test_where_all_keep_silent_there_is_no_finding_but_the_reasons_are_told() -> None:
    readings = [silent_on_mass(Abstention.ROTATED), reading({NODULE: score(0.8)})]
    assert [finding.label for finding in combine(readings)] == [NODULE]
    assert silent(readings) == {MASS: (Abstention.ROTATED,)}
    assert silent_study([ReadImage(tuple(readings))]) == silent(readings)


def test_who_speaks_on_one_film_of_a_study_did_not_abstain() -> None:
    spoken = reading({MASS: score(0.8)}, "b")
    images = [ReadImage((spoken,), "PA"), ReadImage((silent_on_mass(Abstention.AP_VIEW),), "AP")]
    assert of(combine_study(images)).abstentions == ()
    assert silent_study(images) == {}


def test_the_measure_is_the_mean_of_the_measured_films() -> None:
    ratios = [Measure("cardiothoracic_ratio", value, error) for value, error in ((0.5, 0.02), (0.6, 0.03))]
    readings = [replace(reading({MASS: score(0.8)}), measures={MASS: ratio}) for ratio in ratios]
    measure = of(combine([*readings, reading({MASS: score(0.7)})])).measure
    assert measure is not None
    assert (measure.name, measure.error) == ("cardiothoracic_ratio", 0.03)
    assert math.isclose(measure.value, 0.55)


def test_nothing_measured_is_no_measure() -> None:
    assert of(combine([reading({MASS: score(0.8)})])).measure is None


def test_of_the_frontal_films_those_without_doubt_speak() -> None:
    clear, doubtful = (ReadImage((reading({MASS: score(p)}),), doubtful=p < 0.5) for p in (0.9, 0.1))
    assert of(combine_study([clear, doubtful])).probability == 0.9
    assert of(combine_study([doubtful])).probability == 0.1


@pytest.mark.parametrize(
    ("view", "shown", "frontal"), [("LL", "PA", True), ("PA", "LATERAL", False), ("LL", None, False)]
)
def test_the_picture_is_believed_over_its_tag(view: str, shown: str | None, frontal: bool) -> None:
    assert ReadImage((), view, shown).frontal is frontal
