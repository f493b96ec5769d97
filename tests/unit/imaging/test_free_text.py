from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.imaging.free_text import REMOVED, printable, scrub


@pytest.mark.parametrize(
    "text",
    [
        "Cough and fever 38.5 C for 5 days, SpO2 88%, RR 24, BP 120/80, HR 110.",
        "65 y/o woman, T1 N2 M0 adenocarcinoma, 5 mm nodule.",
        "65-year-old, 40 pack years.",
        "L1-L2 fracture, ribs 3-5, C7 spinous process.",
        "Patient is 65 y/o with COPD.",
        "Nodule of 12 x 14 mm, was 8 mm. 2 separate 12 mm nodules.",
        "WBC 12.5, CRP 140, pH 7.35, FEV1 1.2 l, DLCO 60 %.",
        "Dyspnea NYHA III, GCS 15, Hb 8.2 g/dl, EF 35%",
        "?pneumothorax ?effusion. ETT 4 cm above the carina.",
        "Is there pneumonia? Rule out TB.",
        "may have aspirated; march fracture; mass 30 mm",
        "s/p CABG 2015, pacemaker.",
        "MR Brain showed 3 lesions; prior CT Chest.",
        "known MS, now dyspnea",
        "Name of the drug: amiodarone",
        "Nodules 12 34 5, now 12 14 8 mm; were 120 130 140 mm.",
        "SpO2 98 97 96 95 %",
        "Smoker 2015-2019, CABG 2003, stents 1999 and 2004.",
        "GCS 3/15, pain 7/10, 2/6 systolic murmur, cough for 3/12, VAS 3/10.",
        "on 2.5 l oxygen, on 40/20 mg, sat 95 on 1/1000",
        "it may 3 times recur; march 2 fracture",
    ],
)
def test_clinical_text_is_left_alone(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "planted",
    [
        "1960-01-02", "1960/1/2", "02.01.1960", "2.1.60", "1/2/1960", "01-02-60", "2 January 1960", "2. Jan 1960",
        "January 2nd, 1960", "Jan 2 1960", "2. Januar 1960", "3 Dez 1999", "19600102", "1960-01-02T10:11:12",
        "12345", "123-45-6789", "555 123 4567", "+49 30 1234567", "H1234567", "AB-123456",
        "12-34-56", "943 476 5919", "123 45 6789", "06 12 34 56 78", "030 12 34", "22 33 44 55", "+1 555 1234",
        "3 March", "3rd of March", "March 3", "May 3rd", "2. Dez", "March 2024", "oct 2019",
        "jane.doe@example.org", "MRN: 1234", "MRN 1234", "mrn#77-12", "ID: A77", "DOB: 1960", "accession no. X77",
        "Patient: Jane Doe", "patient name: DOE^JANE", "Name: Doe, Jane", "Tel: 0301234", "Phone: 030 12 34",
        "Mr Smith", "Mrs. van Helsing", "Dr. Jane Smith", "Prof Müller", "Frau Schmidt", "MR SMITH",
    ],
)  # fmt: skip
def test_what_looks_like_patient_data_is_removed(planted: str) -> None:
    cleared = scrub(f"cough, {planted}, fever")
    assert REMOVED in cleared
    assert cleared.startswith("cough, ")
    assert cleared.endswith(", fever")
    left = cleared.removeprefix("cough, ").removesuffix(", fever").replace(REMOVED, "")
    assert not any(part.isdigit() or part[:1].isupper() for part in left.replace("-", " ").split()), cleared


@pytest.mark.parametrize(
    ("text", "cleared"),
    [
        ("Jane Doe coughs", f"{REMOVED} {REMOVED} coughs"),
        ("DOE^JANE coughs", f"{REMOVED}^{REMOVED} coughs"),
        ("doe, jane coughs", f"{REMOVED}, {REMOVED} coughs"),
        ("the doe-eyed Janet does cough", f"the {REMOVED}-eyed Janet does cough"),
        ("Mrs. Doe's cough", f"Mrs. {REMOVED}'s cough"),
    ],
)
def test_a_known_name_is_removed_as_a_whole_and_in_its_parts(text: str, cleared: str) -> None:
    assert scrub(text, ["DOE^JANE^M"]) == cleared


@pytest.mark.parametrize(
    ("text", "cleared"),
    [
        ("seen on 3/12", f"seen on {REMOVED}"),
        ("CT of 12/3 showed a nodule", f"CT of {REMOVED} showed a nodule"),
        ("x-ray from the 28/02.", f"x-ray from the {REMOVED}."),
        ("fever since 31/1, cough", f"fever since {REMOVED}, cough"),
        ("Admitted: 12/31", f"Admitted: {REMOVED}"),
        ("seit 3.12. Husten", f"seit {REMOVED} Husten"),
    ],
)
def test_a_date_without_its_year_is_one_behind_a_word_that_says_so(text: str, cleared: str) -> None:
    assert scrub(text) == cleared


def test_known_references_are_removed_whatever_they_look_like() -> None:
    assert scrub("ref Zulu/7 (x.y), cough", ["zulu/7", "X.Y"]) == f"ref {REMOVED} ({REMOVED}), cough"


def test_single_letters_and_blanks_are_no_identifiers() -> None:
    assert scrub("M, 65, with a cough", ["M", "", " ", "a"]) == "M, 65, with a cough"


def test_an_identifier_is_no_pattern() -> None:
    assert scrub("a.b axb (", ["a.b", "("]) == f"{REMOVED} axb ("


@given(st.text(), st.lists(st.text(max_size=8), max_size=4))
def test_any_text_is_cleared_once_and_for_all(text: str, identifiers: list[str]) -> None:
    once = scrub(text, identifiers)
    for identifier in identifiers:
        word = identifier.strip()
        if len(word) > 1 and word.isalnum() and word.lower() not in "removed":
            assert word not in once.split()


def test_what_no_database_takes_is_left_out() -> None:
    assert printable("a\0b\x1f\x9fc\ud800d\t\r\n\u00e9\U0001f600") == "abcd\t\r\n\u00e9\U0001f600"
