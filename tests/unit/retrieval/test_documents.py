from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.retrieval.documents import SitePassage, passages

PAGE = """<html><head><title>T</title><style>p {}</style></head><body><h1>Critical findings</h1><p>Call the
desk &amp; write it down.</p><script>alert(1)</script><ul><li>Pneumothorax</li><li>Tube</li></ul></body></html>"""


def found(folder: Path) -> list[SitePassage]:
    return list(passages(folder))


def pdf(text: str) -> bytes:
    """Write the smallest PDF that shows a line."""
    stream = zlib.compress(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\n"
    return out + b"startxref\n%d\n%%%%EOF" % start


def test_markdown_is_cut_at_headings_and_numbered(tmp_path: Path) -> None:
    (tmp_path / "Our rules.md").write_text("Intro.\n\n# Night shift\n\nCall the desk.\n", "utf-8")
    assert [(each.passage.id, each.passage.title, each.passage.text) for each in found(tmp_path)] == [
        ("site/Our-rules.md#1", "Our rules", "Intro."),
        ("site/Our-rules.md#2", "Our rules: Night shift", "Call the desk."),
    ]


def test_a_page_gives_its_text_without_scripts(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (only,) = found(tmp_path)
    assert only.heading == "Critical findings"
    assert only.passage.text == "Call the desk & write it down. Pneumothorax Tube"


def test_long_text_becomes_several_passages(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("word " * 450, "utf-8")
    assert [len(each.passage.text.split()) for each in found(tmp_path)] == [200, 200, 50]


def test_folders_below_count_and_ids_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/x.txt", "x y.txt", "x-y.txt"):
        (tmp_path / name).write_text("Text.", "utf-8")
    assert sorted(each.passage.id for each in found(tmp_path)) == ["site/a/x.txt#1", "site/x-y.txt#1", "site/x-y.txt#2"]


def test_invisible_characters_and_foreign_encodings(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("In\u200bvisible\u202e.".encode())
    (tmp_path / "b.txt").write_bytes("Röntgen.".encode("cp1252"))
    assert [each.passage.text for each in found(tmp_path)] == ["Invisible.", "Röntgen."]


@pytest.mark.parametrize(
    ("name", "content"), [("x.docx", b"PK"), ("x.pdf", b"%PDF-1.4 broken"), ("big.txt", b"a" * (20 << 20) + b"b")]
)
def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text("Good.", "utf-8")
    with capture_logs() as logs:
        assert [each.passage.text for each in found(tmp_path)] == ["Good."]
    assert [(log["event"], log["file"]) for log in logs] == [("knowledge.left_out", name)]


def test_a_pdf_is_read(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="left out: needs pypdf (the extra 'pdf')")
    (tmp_path / "guide.pdf").write_bytes(pdf("Call the desk."))
    assert [each.passage.text for each in found(tmp_path)] == ["Call the desk."]


def test_hidden_files_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".secret.txt").write_text("Text.", "utf-8")
    assert found(tmp_path) == []
