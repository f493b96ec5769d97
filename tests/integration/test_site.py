"""A site's own words, from the setting to the report, the phrases and the doctor."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import png
from tests.server import CXR, ROOT, Server, running, upload

DOCUMENT = (ROOT / "docs" / "site.md").read_text(encoding="utf-8")
EXAMPLE = DOCUMENT.split("```toml\n")[1].split("```")[0]


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a service with the example of docs/site.md."""
    folder = tmp_path_factory.mktemp("worded")
    path = folder / "site.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    with running(folder, experts="tests.plugs:expert", site_template=str(path)) as server:
        yield server


def test_a_report_is_in_the_sites_words(worded: Server) -> None:
    with worded.client() as client:
        (report,) = upload(client, png(31_000, 64)).json()["reports"]
        assert "Erect, in full inspiration." in report["sections"]["technique"]
        assert report["sections"]["indication"] == "No clinical details were given."
        provenance = client.get(report["links"]["provenance"]).json()
    assert provenance["site"].startswith("site@")
    assert provenance["prompt"]["version"].endswith(provenance["site"])


def test_its_phrases_and_its_normal_report_are_offered(worded: Server) -> None:
    with worded.client() as client:
        phrases = client.get("/api/v1/phrases").json()
        kept = {"items": [{"id": "mine", "section": "findings", "language": "en", "text": "Mine."}]}
        assert client.put("/api/v1/phrases", json=kept).json() == kept | {"site": phrases["site"]}
    assert [(one["id"], one["section"], one["language"]) for one in phrases["site"]] == [
        ("technique 1", "technique", "en"),
        ("normal report", "findings", "en"),
        ("normal impression", "impression", "en"),
    ]
    assert "{" not in "".join(one["text"] for one in phrases["site"])


def test_the_doctor_finds_it_good(worded: Server) -> None:
    said = worded.run("doctor")
    assert "Everything works." in said
    assert "site.toml" in next(line for line in said.splitlines() if line.startswith("CXR_SITE_TEMPLATE "))


def test_with_a_wrong_file_the_service_does_not_start_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("[en]\ntechnique = 1\n[en.headings]\nfinding = 'x'\n", encoding="utf-8")
    server = Server(tmp_path, experts="tests.plugs:expert", site_template=str(path))
    done = subprocess.run(
        [str(CXR), "serve", "--port", str(server.port)],
        env=server.environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "CXR_SITE_TEMPLATE" in said
    assert "en.technique is no list of sentences" in said
    assert "en.headings.finding is no phrase" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()
