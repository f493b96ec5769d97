"""Files are found, and only those that the card speaks of are let in."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from models.base import ExpertError
from models.findings import Label
from models.weights import ASSETS, find, load_card, sha256_of, verify

CONTENT = b"weights"
HASH = sha256(CONTENT).hexdigest()


def write_card(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - JSON values
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(CONTENT)
    card = {
        "name": "drawn",
        "version": "1",
        "labels": ["mass", "nodule"],
        "licence": "Apache-2.0",
        "files": {"model.bin": HASH},
        "remark": "kept",
    }
    (folder / "card.json").write_text(json.dumps(card | changes))
    return folder


def test_the_card_is_read_whole(tmp_path: Path) -> None:
    card = load_card(write_card(tmp_path))
    assert (card.name, card.version, card.licence) == ("drawn", "1", "Apache-2.0")
    assert card.labels == (Label.MASS, Label.NODULE)
    assert card.weights_sha256 == HASH
    assert card.details["remark"] == "kept"


def test_a_given_folder_goes_before_the_package(tmp_path: Path) -> None:
    mine = write_card(tmp_path / "embedded")
    assert find("embedded", [tmp_path]) == mine
    assert find("embedded") == ASSETS / "embedded"


def test_a_folder_without_it_is_passed_over(tmp_path: Path) -> None:
    assert find("embedded", [tmp_path]) == ASSETS / "embedded"


def test_what_is_nowhere_is_named_with_the_places_looked_at(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"'densenet'.*" + tmp_path.name):
        find("densenet", [tmp_path])


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = write_card(tmp_path)
    (folder / "model.bin").write_bytes(CONTENT + b"!")
    with pytest.raises(ExpertError, match=r"model\.bin is not the file of its card"):
        load_card(folder)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    folder = write_card(tmp_path)
    (folder / "model.bin").write_bytes(CONTENT[:-1])
    with pytest.raises(ExpertError, match=HASH):
        verify(folder / "model.bin", HASH)


def test_a_missing_file_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="cannot be read"):
        sha256_of(tmp_path / "none.bin")


def test_a_missing_card_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"card\.json cannot be read"):
        load_card(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [{"labels": ["gout"]}, {"files": {"other.bin": HASH}}, {"files": []}, {"files": {}}],
    ids=["unknown label", "missing file", "files no table", "no weights"],
)
def test_a_damaged_card_is_an_expert_error(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ExpertError):
        load_card(write_card(tmp_path, **changes))


def test_a_card_that_is_no_json_is_an_expert_error(tmp_path: Path) -> None:
    folder = write_card(tmp_path)
    (folder / "card.json").write_text("{")
    with pytest.raises(ExpertError, match="damaged"):
        load_card(folder)


def test_the_packaged_weights_stay_under_twenty_megabytes() -> None:
    assert sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) <= 20_000_000
