from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from models.findings import Label
from service.domain.errors import ConfigurationError
from service.ports import SimilarReport
from service.retrieval.folder import build
from tests.factories import finding

EFFUSION = "FINDINGS: There is a pleural effusion. No pneumothorax."
NORMAL = "FINDINGS: The lungs are clear. No pleural effusion."
ONE = [finding(Label.PLEURAL_EFFUSION, 0.9)]


def similar(path: Path, findings: Sequence[object] = ONE, text: str = "") -> tuple[SimilarReport, ...]:
    assert list(findings) == list(ONE) or not findings
    return build({"folder": str(path), "wait_s": "60"}).similar(ONE if findings else [], text, 10)


def test_text_markdown_and_json_files_are_reports(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(EFFUSION, "utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.md").write_text(NORMAL, "utf-8")
    (tmp_path / "c.json").write_text(json.dumps([{"text": f"{NORMAL} No mass.", "indication": "Cough"}]), "utf-8")
    (tmp_path / "film.png").write_bytes(b"no report")
    found = similar(tmp_path)
    assert found[0].text == EFFUSION
    assert len(found) == 3


def test_an_id_says_nothing_of_the_file_s_name(tmp_path: Path) -> None:
    (tmp_path / "Doe_Jane_1234567.txt").write_text(EFFUSION, "utf-8")
    (only,) = similar(tmp_path)
    assert only.id.startswith("site/")
    assert not {"Doe", "Jane", "1234567"} & set(only.id.replace("/", "_").split("_"))


def test_columns_of_a_table_are_believed_over_the_labeler(tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    rows = ["id,text,pleural_effusion,mass", f'1,"{NORMAL}",1,', f'2,"{EFFUSION}",0.0,-1', f'3,"{NORMAL} Fine.",,1']
    table.write_text("\n".join(rows), "utf-8")
    assert similar(table)[0].text == NORMAL


def test_a_table_without_findings_is_read_by_the_labeler(tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    table.write_text(f'id,text,indication\n1,"{NORMAL}",\n2,"{EFFUSION}",breathless\n', "utf-8")
    assert similar(table)[0].text == EFFUSION


def test_words_of_the_indication_decide_among_reports_that_are_as_alike(tmp_path: Path) -> None:
    entries = [{"text": f"Lungs clear. {word} spine is normal.", "indication": word} for word in ("Thoracic", "Bony")]
    (tmp_path / "c.json").write_text(json.dumps(entries), "utf-8")
    assert [similar(tmp_path, [], word)[0].text.split()[2] for word in ("thoracic", "bony")] == ["Thoracic", "Bony"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("Doe.json", "{not json"), ("Doe.json", '{"id": 3}'), ("Doe.json", "[1]"), ("Doe.csv", "id,words\n1,x\n"),
     ("Doe.csv", "id,text,mass\n1,x y,perhaps\n")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_left_out_without_its_name_in_the_log(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    (tmp_path / "good.txt").write_text(EFFUSION, "utf-8")
    with capture_logs() as logs:
        assert [report.text for report in similar(tmp_path)] == [EFFUSION]
    assert "corpus.left_out" in {log["event"] for log in logs}
    assert "Doe" not in str(logs)


@pytest.mark.parametrize("options", [{}, {"folder": ""}, {"folder": "/nowhere/at/all"}])
def test_a_folder_that_is_not_there_stops_the_start(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="folder"):
        build(options)
