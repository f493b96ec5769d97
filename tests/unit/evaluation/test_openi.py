from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from models.findings import Label
from service.evaluation.labeler import claims
from service.evaluation.openi import Report, coding, reports

XML = """<eCitation><Abstract><AbstractText Label="INDICATION">Cough</AbstractText>
<AbstractText Label="FINDINGS">{findings}</AbstractText><AbstractText Label="IMPRESSION"/></Abstract>
<MeSH>{terms}</MeSH></eCitation>"""


def coded(*terms: str) -> frozenset[Label]:
    return coding().coded(Report(1, "text", terms))


def packed(folder: Path, number: int, findings: str, *terms: str) -> Path:
    path = folder / "reports.tgz"
    content = XML.format(findings=findings, terms="".join(f"<major>{term}</major>" for term in terms)).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(f"ecgen-radiology/{number}.xml")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("term", "labels"),
    [
        ("Cardiomegaly/mild", {Label.CARDIOMEGALY}),
        ("Cardiac Shadow/enlarged", {Label.CARDIOMEGALY}),
        ("Cardiac Shadow/obscured", set()),
        ("Opacity/lung/base/left", {Label.LUNG_OPACITY}),
        ("Costophrenic Angle/left/blunted", {Label.PLEURAL_EFFUSION}),
        ("Costophrenic Angle/left/obscured", set()),
        ("Cicatrix/ribs", set()),
        ("Mediastinum/enlarged", {Label.ENLARGED_CARDIOMEDIASTINUM}),
        ("Mediastinum/lymph nodes/enlarged", set()),
        ("Hydropneumothorax/left", {Label.PNEUMOTHORAX, Label.PLEURAL_EFFUSION}),
        ("Scoliosis", set()),
    ],
)
def test_a_term_means_these_labels(term: str, labels: set[Label]) -> None:
    assert coded(term) == labels


def test_no_finding_is_normal_alone_or_nothing_but_the_film_s_quality() -> None:
    quality = "Technical Quality of Image Unsatisfactory"
    assert coded("normal") == coded("normal", quality) == coded(quality) == {Label.NO_FINDING}
    assert Label.NO_FINDING not in coded("normal", "Scoliosis")


def test_reports_without_text_or_codes_are_not_compared() -> None:
    assert coding().usable(Report(1, "text", ("normal",)))
    assert not coding().usable(Report(1, "", ("normal",)))
    assert not coding().usable(Report(1, "text", ("No Indexing",)))


def test_every_third_report_is_held_out() -> None:
    assert [number for number in range(1, 7) if Report(number, "", ()).held_out] == [2, 5]


def test_an_archive_is_read_without_the_indication(tmp_path: Path) -> None:
    (report,) = reports(packed(tmp_path, 7, "Clear &amp; normal.", "normal"))
    assert report == Report(7, "FINDINGS: Clear & normal.", ("normal",))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The heart is normal. No effusion.", {Label.NO_FINDING}),
        ("Scoliosis.", set()),
        ("Pneumonia.", {Label.PNEUMONIA}),
        ("Possible pneumonia.", set()),
        ("Probable pneumonia.", {Label.PNEUMONIA}),
        ("Findings suggestive of pneumonia.", set()),
        ("Atelectasis versus pneumonia.", {Label.ATELECTASIS, Label.PNEUMONIA}),
        ("This may represent atelectasis or pneumonia.", set()),
        ("Possible pleural effusion.", {Label.PLEURAL_EFFUSION}),
        ("Infection.", set()),
    ],
)
def test_claims_name_a_label_as_the_coders_count(text: str, named: set[Label]) -> None:
    assert coding().named(claims(text)) == named
