from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import Label
from prompts.structured import DraftSentence, ParsedReport, completed, parse_report, report_schema

REPORT = {
    "findings": [
        {"text": 'There is a mass, "findings": [{"text": "no mass"}].', "labels": ["mass"]},
        {"text": "No edema {or} effusion.", "labels": ["edema", "pleural_effusion"]},
    ],
    "impression": [{"text": "Mass.", "labels": ["mass"]}],
}
PARSED = ParsedReport(
    (
        DraftSentence('There is a mass, "findings": [{"text": "no mass"}].', (Label.MASS,)),
        DraftSentence("No edema {or} effusion.", (Label.EDEMA, Label.PLEURAL_EFFUSION)),
    ),
    (DraftSentence("Mass.", (Label.MASS,)),),
)
TEXT = json.dumps(REPORT)
ALL = (*(("findings", one) for one in PARSED.findings), *(("impression", one) for one in PARSED.impression))


def objects(schema: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any part of a schema
    """Every object schema within a schema."""
    here = [schema] if schema.get("type") == "object" else []
    parts = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return here + [found for part in parts for found in objects(part)]


def test_the_schema_is_closed_bounded_and_knows_the_assessed_labels_only() -> None:
    schema = report_schema((Label.MASS, Label.EDEMA))
    for one in objects(schema):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
    assert list(schema["properties"]) == ["findings", "impression"]
    for section in schema["properties"].values():
        assert section["maxItems"] == 16
        sentence = section["items"]["properties"]
        assert sentence["text"]["maxLength"] == 300
        assert sentence["labels"]["items"]["enum"] == ["mass", "edema"]


def test_where_nothing_was_assessed_no_sentence_rests_on_anything() -> None:
    labels = report_schema(())["properties"]["findings"]["items"]["properties"]["labels"]
    assert labels == {"type": "array", "items": {"type": "string"}, "maxItems": 0}


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(report_schema(tuple(Label)))) == report_schema(tuple(Label))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        json.dumps(REPORT, indent=2),
        f"```json\n{TEXT}\n```",
        f"Here is {{the}} report:\n```\n{TEXT}\n```\nI hope it helps.",
        "[" + TEXT + "]",
    ],
)
def test_a_report_is_found_bare_fenced_or_amid_talk(text: str) -> None:
    assert parse_report(text) == PARSED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FINDINGS:\nNo mass.",
        TEXT[:-1],
        '{"findings": []}',
        '{"findings": "No mass.", "impression": "None."}',
        "[" * 100_000,
        '{"findings": ' + "[" * 100_000,
    ],
)
def test_what_is_no_whole_report_is_none(text: str) -> None:
    assert parse_report(text) is None


def test_sloppy_sentences_are_kept_as_far_as_they_go() -> None:
    items = [
        "No mass.",
        {"text": " A \n b ", "labels": ["mass", "mars", 3, "mass", ["x"]]},
        {"text": ""},
        {"labels": []},
        7,
    ]
    parsed = parse_report(json.dumps({"impression": [], "findings": items, "extra": 1}))
    assert parsed == ParsedReport((DraftSentence("No mass.", ()), DraftSentence("A b", (Label.MASS,))), ())


@given(st.integers(0, len(TEXT)))
def test_a_stream_only_ever_adds_sentences(end: int) -> None:
    so_far = completed(TEXT[:end])
    assert so_far == ALL[: len(so_far)]


def test_at_the_end_of_the_stream_all_sentences_are_there() -> None:
    assert completed(TEXT) == ALL
    assert completed(f"```json\n{TEXT[:-2]}") == ALL


@given(st.text(alphabet='{}[]",:\\ findgsmpreox"'))
def test_no_text_breaks_either_reader(text: str) -> None:
    completed(text)
    parse_report(text)
