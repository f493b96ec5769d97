"""Drafts judged, kept and counted; no network, no language model."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from types import ModuleType

import pytest

from models.findings import Label
from prompts.facts import StudyFacts
from prompts.verbalise import Style
from service.domain.errors import ConfigurationError, ModelFailed
from service.evaluation.reports.cache import CachedModel
from service.evaluation.reports.cases import Case, as_findings, named
from service.evaluation.reports.drafting import Bench, Record
from service.evaluation.reports.figures import COMPETITION, agreement, arms, clean, rate
from service.evaluation.reports.judges import Judge
from service.evaluation.reports.mimic import mimic_cases
from service.evaluation.reports.pages import draft_lines, write
from service.evaluation.scores import Estimate
from service.llm.narrator import Narrator
from service.usecases.generation import Budget
from tests.fakes import FakeModel

LABELS = (Label.EDEMA, Label.PLEURAL_EFFUSION, Label.PNEUMOTHORAX)
FACTS = StudyFacts(as_findings({Label.PLEURAL_EFFUSION}, LABELS), views=("PA",))
CASE = Case("a-study", "labels", FACTS, "There is an effusion.", frozenset({Label.PLEURAL_EFFUSION}))
GOOD = "FINDINGS:\nThere is a pleural effusion. No edema. No pneumothorax.\n\nIMPRESSION:\nPleural effusion."
BAD = "FINDINGS:\nThere is edema. The pneumothorax has decreased since the prior study.\n\nIMPRESSION:\nEdema."


async def drafted(model: CachedModel, case: Case = CASE) -> Record:
    return await Bench(Budget()).draft(case, Style.CALIBRATED, model)


def cached(folder: Path, *answers: str) -> tuple[FakeModel, CachedModel]:
    first, *rest = answers
    model = FakeModel(first)
    for answer in rest:
        model.then(answer)
    return model, CachedModel(model, folder)


async def test_a_good_draft_has_nothing_to_count(tmp_path: Path) -> None:
    record = await drafted(cached(tmp_path, GOOD)[1])
    assert (record.raw.counts["contradicted"], record.raw.counts["unsupported"], record.raw.counts["omitted"]) == (
        0,
        0,
        0,
    )
    assert record.raw.positive == {Label.PLEURAL_EFFUSION}


async def test_a_bad_draft_is_counted_as_it_was_written_and_mended_under_guard(tmp_path: Path) -> None:
    record = await drafted(cached(tmp_path, BAD, "1: -\n2: -\n3: -")[1])
    assert record.raw.counts["contradicted"] >= 2
    assert record.raw.counts["omitted"] == 1
    assert record.raw.counts["invented_prior"] >= 1
    assert record.guarded.counts["contradicted"] == record.guarded.counts["omitted"] == 0


async def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    model, once = cached(tmp_path, BAD, "1: -\n2: -\n3: -")
    first = await drafted(once)
    asked = len(model.requests)
    again = await drafted(CachedModel(model, tmp_path))
    assert asked == len(model.requests) == 2
    assert again.raw == first.raw
    assert again.generate_s == first.generate_s


async def test_a_text_without_the_form_is_judged_and_said_to_have_fallen_back(tmp_path: Path) -> None:
    record = await drafted(cached(tmp_path, "There is edema, I would say.")[1])
    assert record.fallback == "malformed"
    assert record.raw.counts["contradicted"] == 1
    assert record.guarded.counts["contradicted"] == 0


async def test_a_model_that_is_away_stops_the_run_and_is_not_kept(tmp_path: Path) -> None:
    model = FakeModel(ModelFailed("unreachable", "It cannot be reached."))
    with pytest.raises(ModelFailed):
        await drafted(CachedModel(model, tmp_path))
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a look at an empty folder blocks nobody


async def test_figures_tell_the_arms_apart(tmp_path: Path) -> None:
    records = [await drafted(cached(tmp_path, BAD, "1: -")[1]), await drafted(CachedModel(Narrator(), tmp_path))]
    fake_raw, fake_guarded, narrator, _ = arms(records)
    assert rate(fake_raw, "omitted") == Estimate(1, 1, 1)
    assert [clean(arm).value for arm in (fake_raw, fake_guarded, narrator)] == [0, 1, 1]
    assert agreement(fake_raw, COMPETITION)["micro"].f1.value == 0
    assert agreement(narrator, COMPETITION)["micro"].f1.value == 1


async def test_the_folder_holds_tables_page_and_drafts(tmp_path: Path) -> None:
    records = [await drafted(cached(tmp_path / "answers", BAD, "1: -")[1])]
    page = write(tmp_path, arms(records), records, ["the films."])
    assert "contradicted" in page.read_text("utf-8")
    assert "<script" not in page.read_text("utf-8")
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["drafts"][0]["raw"]["omitted"] == 1
    assert "Left out: the films." in (tmp_path / "index.md").read_text("utf-8")
    assert [path.name for path in (tmp_path / "drafts").iterdir()] == ["a-study.calibrated.fake-model.txt"]
    assert any("[contradicted]" in line for line in draft_lines(records[0]))


def test_the_list_is_fixed_and_long_enough_for_sixty_studies() -> None:
    assert {source: len(set(names)) for source, names in named().items()} == {"films": 40, "labels": 40, "openi": 40}


def test_a_judge_says_why_it_cannot_judge() -> None:
    def no_weights(_module: ModuleType) -> None:
        raise OSError("no weights here")

    missing = Judge("X", "no_such_module_anywhere", "no-such-package", no_weights)  # type: ignore[arg-type]  # never a scorer
    broken = Judge("X", "json", "json", no_weights)  # type: ignore[arg-type]  # as above
    assert "no-such-package is not installed" in str(missing.open())
    assert "no weights here" in str(broken.open())


def test_a_judge_that_is_there_scores() -> None:
    judge = Judge("X", "json", "json", lambda _: lambda texts, _refs: {"X": Estimate(len(texts), math.nan, math.nan)})
    score = judge.open()
    assert not isinstance(score, str)
    assert score(["a"], ["b"])["X"].value == 1


def physionet(folder: Path) -> Path:
    table = "subject_id,study_id,Atelectasis,Edema,Pneumothorax\n10000032,50414267,1.0,-1.0,0.0\n10000032,50414268,,,\n"
    (folder / "mimic-cxr-2.0.0-chexpert.csv.gz").write_bytes(gzip.compress(table.encode()))
    report = folder / "files/p10/p10000032/s50414267.txt"
    report.parent.mkdir(parents=True)
    report.write_text("FINDINGS: Atelectasis.\n\nIMPRESSION: Possible edema.", "utf-8")
    return folder


def test_mimic_is_read_as_physionet_lays_it_out(tmp_path: Path) -> None:
    def unread(_path: Path, _view: str) -> StudyFacts:
        raise AssertionError("there are no films")

    (case,) = mimic_cases(physionet(tmp_path), 5, unread)
    states = {finding.label: finding.polarity for finding in case.facts.findings}
    assert (case.id, case.human) == ("mimic-50414267", frozenset({Label.ATELECTASIS}))
    assert (states[Label.ATELECTASIS], states[Label.EDEMA], states[Label.PNEUMOTHORAX]) == (
        "present",
        "uncertain",
        "absent",
    )
    assert case.reference == "Atelectasis.\nPossible edema."


def test_a_folder_without_labels_is_no_mimic(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="chexpert"):
        mimic_cases(tmp_path, 1, lambda _path, _view: FACTS)
