"""A file is fetched whole and right, or not at all, whatever the network does; and the error says what to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.base import ExpertError
from models.download import Patience, download
from tests.file_server import Fault, FileServer

CONTENT = bytes(range(256)) * 4096
HASH = hashlib.sha256(CONTENT).hexdigest()
BRISK = Patience(silence_s=0.4, tries=3, pause_s=0.01)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT) as server:
        yield server


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new" / "weights.pt"


def left(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


def test_a_file_is_fetched_and_its_hash_returned(server: FileServer, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    assert download(server.url, target, progress=lambda done, total: told.append((done, total))) == HASH
    assert target.read_bytes() == CONTENT
    assert left(target) == {"weights.pt"}
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_transfer_that_breaks_off_goes_on_where_it_was(server: FileServer, target: Path) -> None:
    server.faults = [Fault(cut=300_000), Fault(cut=100_000)]
    assert download(server.url, target, sha256=HASH, patience=BRISK) == HASH
    assert server.asked == [None, "bytes=300000-", "bytes=400000-"]


def test_a_later_call_goes_on_from_what_an_earlier_one_kept(server: FileServer, target: Path) -> None:
    server.faults = [Fault(cut=300_000)]
    once = Patience(silence_s=0.4, tries=1)
    with pytest.raises(ExpertError, match=r"300,000 of 1,048,576 bytes\. 300,000 bytes are kept.*--from FILE"):
        download(server.url, target, patience=once)
    assert not target.exists()
    assert download(server.url, target, patience=once) == HASH
    assert server.asked == [None, "bytes=300000-"]


def test_parts_of_two_versions_are_never_joined(server: FileServer, target: Path) -> None:
    server.faults = [Fault(cut=300_000)]
    with pytest.raises(ExpertError):
        download(server.url, target, patience=Patience(tries=1))
    server.content = CONTENT[::-1]
    assert download(server.url, target, patience=BRISK) == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_without_a_tag_that_tells_versions_apart_it_begins_anew(server: FileServer, target: Path) -> None:
    server.tagged = False
    server.faults = [Fault(cut=300_000)]
    assert download(server.url, target, patience=BRISK) == HASH
    assert server.asked == [None, None]


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole(server: FileServer, target: Path) -> None:
    server.faults = [Fault(cut=300_000), Fault(ranges=False)]
    assert download(server.url, target, patience=BRISK) == HASH


def test_a_part_from_another_address_is_not_gone_on_from(server: FileServer, target: Path) -> None:
    with FileServer(b"x" * 1000, [Fault(cut=500)]) as other, pytest.raises(ExpertError):
        download(other.url, target, patience=Patience(tries=1))
    assert download(server.url, target, patience=BRISK) == HASH


def test_a_part_that_is_whole_already_is_taken(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("weights.pt.part").write_bytes(CONTENT)
    note = {"url": server.url, "validator": f'"{HASH[:16]}"'}
    target.with_name("weights.pt.part.json").write_text(json.dumps(note))
    assert download(server.url, target, patience=BRISK) == HASH
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("weights.pt.part").write_bytes(CONTENT + b"more")
    note = {"url": server.url, "validator": f'"{HASH[:16]}"'}
    target.with_name("weights.pt.part.json").write_text(json.dumps(note))
    assert download(server.url, target, patience=BRISK) == HASH


def test_a_damaged_note_means_beginning_anew(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("weights.pt.part").write_bytes(b"?")
    target.with_name("weights.pt.part.json").write_text("{")
    assert download(server.url, target, patience=BRISK) == HASH


def test_a_file_of_another_hash_is_not_kept(server: FileServer, target: Path) -> None:
    with pytest.raises(ExpertError, match=f"another file than expected: SHA-256 is {HASH}, not 0000"):
        download(server.url, target, sha256="0" * 64, patience=BRISK)
    assert left(target) == set()


def test_what_was_there_stays_when_the_new_one_fails(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(ExpertError):
        download(server.url, target, sha256="0" * 64, patience=BRISK)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("status", [401, 403, 404, 407, 451])
def test_a_refusal_is_told_at_once(server: FileServer, target: Path, status: int) -> None:
    server.faults = [Fault(status=status)]
    with pytest.raises(ExpertError, match=rf"is refused: {status} .*--from FILE"):
        download(server.url, target, patience=BRISK)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(server: FileServer, target: Path, status: int) -> None:
    server.faults = [Fault(status=status), Fault(status=status)]
    assert download(server.url, target, patience=BRISK) == HASH


def test_a_login_page_is_not_taken_for_the_file(server: FileServer, target: Path) -> None:
    server.faults = [Fault(page=True)]
    with pytest.raises(ExpertError, match=r"a web page, not with the file.*--from FILE"):
        download(server.url, target, patience=BRISK)
    assert not target.exists()


def test_silence_ends_a_try(server: FileServer, target: Path) -> None:
    server.faults = [Fault(silent=1.0)]
    assert download(server.url, target, patience=BRISK) == HASH
    assert len(server.asked) == 2


def test_a_trickle_ends_a_try_too(server: FileServer, target: Path) -> None:
    server.faults = [Fault(trickle=True)]
    assert download(server.url, target, patience=BRISK) == HASH
    assert server.asked[0] is None
    assert (server.asked[1] or "").startswith("bytes=")


def test_a_server_that_is_not_there_is_named(target: Path) -> None:
    with FileServer(b"") as gone:
        url = gone.url
    with pytest.raises(ExpertError, match=r"could not be fetched: .*refused.*--from FILE"):
        download(url, target, patience=BRISK)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/weights", "weights.pt"])
def test_only_the_web_is_downloaded_from(target: Path, url: str) -> None:
    with pytest.raises(ExpertError, match="only http and https"):
        download(url, target)


def test_two_pulls_of_one_file_do_not_mix(server: FileServer, target: Path) -> None:
    server.faults = [Fault(silent=0.2)]

    def meanwhile(_done: int, _total: int | None) -> None:
        with pytest.raises(ExpertError, match="by another pull"):
            download(server.url, target, patience=BRISK)

    assert download(server.url, target, progress=meanwhile, patience=BRISK) == HASH


def test_a_folder_that_cannot_be_written_is_an_expert_error(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExpertError, match="taken"):
        download(server.url, tmp_path / "taken" / "weights.pt", patience=BRISK)
