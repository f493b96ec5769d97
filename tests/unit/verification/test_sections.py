from __future__ import annotations

import pytest

from service.verification.sections import find_sections

FINDINGS, IMPRESSION = "The heart is enlarged. No effusion.", "Cardiomegaly."
WHOLE = (FINDINGS, IMPRESSION)


def form(findings: str, impression: str, before: str = "") -> str:
    return f"{before}{findings}\n{FINDINGS}\n\n{impression}\n{IMPRESSION}"


@pytest.mark.parametrize(
    ("findings", "impression"),
    [
        ("FINDINGS:", "IMPRESSION:"),
        ("Findings:", "Impression:"),
        ("findings", "impression"),
        ("FINDINGS", "CONCLUSION"),
        ("Findings:", "Conclusion:"),
        ("## Findings", "## Impression"),
        ("### FINDINGS:", "### IMPRESSION:"),
        ("**FINDINGS:**", "**IMPRESSION:**"),
        ("**Findings**:", "**Impression**:"),
        ("**Findings**", "**Impression**"),
        ("__Findings__", "__Impression__"),
        ("# **Findings**", "# **Impression**"),
        ("  FINDINGS :", "  IMPRESSION :"),
    ],
)
def test_the_headings_may_be_marked_as_models_like(findings: str, impression: str) -> None:
    assert find_sections(form(findings, impression)) == WHOLE


def test_the_text_may_stand_beside_its_heading() -> None:
    assert find_sections(f"FINDINGS: {FINDINGS}\nIMPRESSION: {IMPRESSION}") == WHOLE
    assert find_sections(f"**Findings:** {FINDINGS}\n**Impression:** {IMPRESSION}") == WHOLE


@pytest.mark.parametrize(
    "before",
    [
        "Sure! Here is the report you asked for:\n\n",
        "```\n",
        "INDICATION: Cough.\nTECHNIQUE: One frontal view.\nCOMPARISON: None.\n\n",
        "I have looked at the findings and formed an impression.\n",
    ],
)
def test_what_stands_before_the_first_heading_is_dropped(before: str) -> None:
    assert find_sections(form("FINDINGS:", "IMPRESSION:", before)) == WHOLE


def test_lines_and_lists_within_a_section_are_kept() -> None:
    text = "FINDINGS:\n- Heart: large.\n- Lungs: clear.\n\nIMPRESSION:\n1. Cardiomegaly.\n2. No effusion."
    assert find_sections(text) == ("- Heart: large.\n- Lungs: clear.", "1. Cardiomegaly.\n2. No effusion.")


def test_windows_line_ends_do_not_matter() -> None:
    found = find_sections(form("FINDINGS", "IMPRESSION").replace("\n", "\r\n"))
    assert found == WHOLE


def test_the_words_inside_a_sentence_are_no_headings() -> None:
    text = f"FINDINGS:\nFindings are as before.\nImpression of a mass.\n\nIMPRESSION:\n{IMPRESSION}"
    assert find_sections(text) == ("Findings are as before.\nImpression of a mass.", IMPRESSION)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("The heart is enlarged.", id="no headings"),
        pytest.param(f"FINDINGS:\n{FINDINGS}", id="no impression"),
        pytest.param(f"IMPRESSION:\n{IMPRESSION}", id="no findings"),
        pytest.param(f"IMPRESSION:\n{IMPRESSION}\n\nFINDINGS:\n{FINDINGS}", id="the wrong order"),
        pytest.param(f"FINDINGS:\n\nIMPRESSION:\n{IMPRESSION}", id="empty findings"),
        pytest.param(f"FINDINGS:\n{FINDINGS}\n\nIMPRESSION:\n ", id="empty impression"),
        pytest.param(form("FINDINGS:", "IMPRESSION:") + f"\n\nFINDINGS:\n{FINDINGS}", id="findings twice"),
        pytest.param(form("FINDINGS:", "IMPRESSION:") + f"\n\nCONCLUSION:\n{IMPRESSION}", id="two impressions"),
        pytest.param(form("FINDINGS:", "IMPRESSION:") * 2, id="the whole twice"),
        pytest.param("My findings: all clear. My impression: fine.", id="headings inside a line"),
    ],
)
def test_what_has_not_that_form_is_none(text: str) -> None:
    assert find_sections(text) is None
