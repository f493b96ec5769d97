from __future__ import annotations

import io
import struct
import zipfile

import pytest

from service.domain.errors import FileRejected
from service.imaging.archive import expand_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import SourceFile
from tests import dicom_factory as made
from tests.unit.imaging.reading import image_of

FILM = made.part10(made.dataset(made.film()))


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def expanded(data: bytes, limits: DecodeLimits | None = None) -> list[SourceFile]:
    return expand_file(data, "study.zip", limits or DecodeLimits())


def refusal(data: bytes, limits: DecodeLimits | None = None) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        expanded(data, limits)
    assert caught.value.file_name == "study.zip"
    return caught.value


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_out_in_order_and_decode(compression: int) -> None:
    files = expanded(packed({"A/IM1": FILM, "B/IM2.dcm": FILM}, compression))
    assert [file.name for file in files] == ["study.zip/A/IM1", "study.zip/B/IM2.dcm"]
    assert image_of(files[0].data).rows == 48


def test_system_junk_folders_and_dicomdir_are_left_out() -> None:
    junk = ["__MACOSX/._IM1", ".DS_Store", "a/.DS_Store", "._IM1", "Thumbs.db", "desktop.ini", "DICOMDIR", "a/"]
    files = expanded(packed({**dict.fromkeys(junk, b"junk"), "IM1": FILM}))
    assert [file.name for file in files] == ["study.zip/IM1"]


@pytest.mark.parametrize("members", [{}, {".DS_Store": b"x"}, {"folder/": b""}])
def test_archive_of_nothing(members: dict[str, bytes]) -> None:
    assert refusal(packed(members)).code == "bad-archive"


def test_archive_in_an_archive() -> None:
    error = refusal(packed({"inner.dcm": packed({"IM1": FILM})}))
    assert error.code == "bad-archive"
    assert "another archive" in error.detail


def test_too_many_members() -> None:
    data = packed({f"{number}": b"x" for number in range(5)})
    assert refusal(data, DecodeLimits(max_archive_members=4)).code == "too-large"
    assert len(expanded(data, DecodeLimits(max_archive_members=5))) == 5


def test_bomb_by_total_size() -> None:
    data = packed({f"{number}": bytes(400_000) for number in range(5)}, zipfile.ZIP_STORED)
    assert refusal(data, DecodeLimits(max_archive_bytes=1_900_000)).code == "too-large"
    assert len(expanded(data)) == 5


def test_bomb_by_ratio() -> None:
    data = packed({"bomb": bytes(100_000_000)})
    assert len(data) < 200_000
    assert refusal(data).code == "too-large"


def test_size_that_the_directory_lies_about_is_not_believed() -> None:
    data = bytearray(packed({"bomb": bytes(100_000_000)}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    assert refusal(bytes(data)).code in {"too-large", "bad-archive"}


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_exotic_compression(compression: int) -> None:
    assert refusal(packed({"IM1": FILM}, compression)).code == "bad-archive"


def test_locked_archive() -> None:
    data = bytearray(packed({"IM1": FILM}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1
    error = refusal(bytes(data))
    assert error.code == "bad-archive"
    assert "password" in error.detail


@pytest.mark.parametrize("kept", [4, 30, 0.5, 0.99])
def test_archive_cut_short(kept: float) -> None:
    data = packed({"IM1": FILM})
    assert refusal(data[: int(kept if kept > 1 else kept * len(data))]).code == "bad-archive"


def test_member_with_a_wrong_checksum() -> None:
    data = bytearray(packed({"IM1": FILM}, zipfile.ZIP_STORED))
    data[len(data) // 2] ^= 0xFF
    assert refusal(bytes(data)).code == "bad-archive"


def test_names_are_labels_only() -> None:
    (file,) = expanded(packed({"../../etc/\x07passwd": FILM}))
    assert file.name == "study.zip/../../etc/passwd"
