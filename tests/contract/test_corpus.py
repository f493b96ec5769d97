"""What every ``service.ports.Corpus`` does: a folder of reports, a table of them, the Open-i archive."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from models.findings import Finding, Label
from service.plugins import load, names
from service.ports import Corpus
from tests.factories import finding

REPORTS = (
    ("Cough.", "The lungs are clear. No pleural effusion or pneumothorax.", "Normal chest."),
    ("Fever.", "There is consolidation in the right lower lobe. No pneumothorax.", "Pneumonia."),
    ("Breathlessness.", "There are bilateral pleural effusions. The heart is enlarged.", "Heart failure."),
    ("Breathlessness.", "There are bilateral pleural effusions. The heart is enlarged.", "Heart failure."),
    ("Fall, John Smith, MRN: 1234567.", "There is a pneumothorax. Compared with XXXX it has grown.", "Pneumothorax."),
)
EFFUSION = (finding(Label.PLEURAL_EFFUSION, 0.9), finding(Label.CARDIOMEGALY, 0.9))
PNEUMOTHORAX = (finding(Label.PNEUMOTHORAX, 0.9),)
NORMAL = (finding(Label.PNEUMOTHORAX, 0.01), finding(Label.PLEURAL_EFFUSION, 0.01), finding(Label.CONSOLIDATION, 0.01))


def _text(indication: str, findings: str, impression: str) -> str:
    return f"INDICATION: {indication}\n\nFINDINGS: {findings}\n\nIMPRESSION: {impression}\n"


def _folder(place: Path) -> Mapping[str, str]:
    for number, report in enumerate(REPORTS):
        (place / f"{number}.txt").write_text(_text(*report), "utf-8")
    return {"folder": str(place)}


def _table(place: Path) -> Mapping[str, str]:
    with (place / "reports.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["id", "text"])
        writer.writerows((number, _text(*report)) for number, report in enumerate(REPORTS))
    return {"folder": str(place / "reports.csv")}


def _archive(place: Path) -> Mapping[str, str]:
    with tarfile.open(place / "reports.tgz", "w:gz") as archive:
        for number, parts in enumerate(REPORTS, 1):
            texts = zip(("INDICATION", "FINDINGS", "IMPRESSION"), parts, strict=True)
            body = "".join(f'<AbstractText Label="{name}">{escape(text)}</AbstractText>' for name, text in texts)
            content = f"<eCitation><Abstract>{body}</Abstract></eCitation>".encode()
            member = tarfile.TarInfo(f"ecgen-radiology/{number}.xml")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return {"archive": str(place / "reports.tgz")}


MAKERS: dict[str, tuple[str, Callable[[Path], Mapping[str, str]]]] = {
    "folder": ("folder", _folder),
    "table": ("folder", _table),
    "openi": ("openi", _archive),
}


@pytest.fixture(params=sorted(MAKERS))
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> Corpus:
    plug, options = MAKERS[request.param]
    made: Corpus = load("cxr.corpora", plug)({**options(tmp_path), "wait_s": "60"})
    return made


def test_every_installed_corpus_of_ours_is_held_to_this_contract() -> None:
    assert {plug for plug, _ in MAKERS.values()} <= set(names("cxr.corpora"))


def test_it_says_what_it_is_and_how_much_it_holds(corpus: Corpus) -> None:
    corpus.similar((), "", 1)
    assert corpus.name.partition(":")[0] in {"folder", "openi"}
    assert "4 reports" in corpus.name  # one of the five is there twice


@pytest.mark.parametrize(
    ("findings", "word"), [(EFFUSION, "effusions"), (PNEUMOTHORAX, "is a pneumothorax"), (NORMAL, "clear")]
)
def test_the_first_report_has_the_findings(corpus: Corpus, findings: tuple[Finding, ...], word: str) -> None:
    assert word in corpus.similar(findings, "", 1)[0].text


def test_words_choose_where_findings_do_not(corpus: Corpus) -> None:
    assert "consolidation" in corpus.similar((finding(Label.HERNIA, 0.9),), "fever", 1)[0].text


def test_not_more_than_asked_for_and_the_best_ones_first(corpus: Corpus) -> None:
    everything = corpus.similar(EFFUSION, "cough", 10)
    assert [corpus.similar(EFFUSION, "cough", limit) for limit in range(3)] == [
        everything[:limit] for limit in range(3)
    ]
    assert len({report.id for report in everything}) == len(everything) == 4


def test_the_same_study_finds_the_same_reports(corpus: Corpus) -> None:
    assert corpus.similar(EFFUSION, "cough", 3) == corpus.similar(EFFUSION, "cough", 3)


def test_nothing_of_the_patient_and_no_earlier_film_is_left(corpus: Corpus) -> None:
    text = " ".join(f"{report.id} {report.text}" for report in corpus.similar((), "", 10))
    assert not [word for word in ("Smith", "1234567", "XXXX", "Compared", "grown", "Fall") if word in text]
