from __future__ import annotations

import pytest

from models.findings import Label, Polarity
from service.retrieval.cleaning import CleanReport, RawReport, clean

MIMIC = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___ year old woman with cough // pneumonia?

 COMPARISON:  ___

 FINDINGS:

 The lungs are clear. No pleural effusion or pneumothorax is seen. Compared to ___ the
 heart has increased in size. The heart is enlarged.

 IMPRESSION:

 Cardiomegaly. No pneumonia. Discussed with Dr. ___ by phone at 10:30 am.
"""


def cleaned(text: str) -> CleanReport:
    report = clean(RawReport("id", text))
    assert report is not None
    return report


def test_a_report_in_mimic_s_form() -> None:
    report = cleaned(MIMIC)
    assert report.text == (
        "FINDINGS: The lungs are clear. No pleural effusion or pneumothorax is seen. The heart is enlarged.\n"
        "IMPRESSION: Cardiomegaly. No pneumonia."
    )
    assert "cough" in report.indication
    assert report.said[Label.CARDIOMEGALY] is Polarity.PRESENT
    assert report.said[Label.PNEUMOTHORAX] is Polarity.ABSENT


@pytest.mark.parametrize(
    "sentence",
    [
        "The effusion is unchanged.",
        "Compared with the prior film there is more fluid.",
        "The nodule has grown since last year.",
        "Stable mediastinum.",
        "Recommend CT.",
        "A CT is recommended.",
        "This could be further evaluated with CT.",
        "The nodule measures 1.2 cm.",
        "Seen on 3 March 2020.",
        "Findings were discussed with Dr. Miller.",
        "Electronically signed by Jane Doe.",
        "Attending radiologist: Jane Doe.",
        "The XXXX is normal.",
        "___ is normal.",
        "Patient: John Smith.",
        "MRN: 1234567.",
        "A 54-year-old man.",
        "Called at 10:45.",
        "History of pneumonia.",
    ],
)
def test_a_sentence_that_is_no_example_goes_as_a_whole(sentence: str) -> None:
    report = cleaned(f"FINDINGS: The lungs are clear. {sentence} No effusion.")
    assert report.text == "FINDINGS: The lungs are clear. No effusion."


def test_what_was_left_out_is_not_said_either() -> None:
    assert Label.NODULE not in cleaned("FINDINGS: Lungs clear. The nodule measures 1.2 cm. No effusion.").said


def test_findings_that_the_source_gives_are_believed() -> None:
    said = {Label.FRACTURE: Polarity.PRESENT}
    report = clean(RawReport("id", "Lungs clear. No effusion.", said=said))
    assert report is not None
    assert report.said == said


def test_an_indication_is_cleared_of_patient_data() -> None:
    report = clean(RawReport("id", "Lungs clear. No effusion.", "Mr. Smith, cough since 3 March 2020"))
    assert report is not None
    assert "Smith" not in report.indication
    assert "2020" not in report.indication
    assert "cough" in report.indication


@pytest.mark.parametrize(
    "text", ["", "Lungs clear.", "INDICATION: Cough. Fever.", "No effusion. " * 400], ids=["", "one", "none", "endless"]
)
def test_too_little_or_too_much_is_no_example(text: str) -> None:
    assert clean(RawReport("id", text)) is None


def test_reports_that_differ_in_case_and_spaces_have_one_key() -> None:
    assert cleaned("Lungs clear.  No effusion.").key == cleaned("LUNGS CLEAR.\nNo effusion!").key
    assert cleaned("Lungs clear. No effusion.").key != cleaned("Lungs clear. No mass.").key
