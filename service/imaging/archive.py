"""A zip archive to its members, within bounds that no archive's own figures can talk us out of."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from service.domain.errors import FileRejected
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import SourceFile
from service.imaging.refusal import RefusalError, too_large

_JUNK_NAMES = {".ds_store", "thumbs.db", "desktop.ini", "dicomdir"}
_JUNK_FOLDERS = {"__macosx"}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_ZIP_MAGIC = b"PK\x03\x04"
_SMALL = 1024 * 1024  # below this no ratio is suspicious


def expand_file(data: bytes, file_name: str, limits: DecodeLimits) -> list[SourceFile]:
    """Return the members of a zip in its order, named ``archive/path``; folders, DICOMDIR and system junk are left out.

    Raises FileRejected: ``bad-archive`` (damaged, encrypted, nested, exotic compression, nothing in it),
    ``too-large`` (members, total size, or growth beyond ``limits``).
    """
    try:
        members = _members(data, file_name, limits)
    except RefusalError as error:
        raise FileRejected(file_name, error.code, f"{file_name}: {error.detail}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        detail = f"{file_name}: The archive is damaged. Pack it again, or send the films one by one."
        raise FileRejected(file_name, "bad-archive", detail) from error
    return members


def _members(data: bytes, file_name: str, limits: DecodeLimits) -> list[SourceFile]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if len(infos) > limits.max_archive_members:
            raise too_large(f"it holds {len(infos)} files", f"{limits.max_archive_members} in one archive")
        left = min(limits.max_archive_bytes, max(_SMALL, len(data) * limits.max_archive_ratio))
        members = []
        for info in (info for info in infos if not _is_junk(info)):
            content = _content(archive, info, left)
            left -= len(content)
            members.append(SourceFile(f"{file_name}/{_printable(info.filename)}", content))
    if not members:
        raise RefusalError("bad-archive", "The archive holds no file. Check what was packed.")
    return members


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise RefusalError("bad-archive", "The archive is locked with a password. Send it without one.")
    if info.compress_type not in _METHODS:
        raise RefusalError("bad-archive", "The archive uses an unusual compression. Pack it again as a plain zip.")
    with archive.open(info) as member:
        content = member.read(left + 1)
    if len(content) > left:
        raise RefusalError("too-large", "The archive unpacks to far more than a study's films. Send the films alone.")
    if content.startswith(_ZIP_MAGIC):
        raise RefusalError("bad-archive", "The archive holds another archive. Unpack the inner one and send its films.")
    return content


def _is_junk(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename.replace("\\", "/").lower())
    name = path.name
    return info.is_dir() or name in _JUNK_NAMES or name.startswith("._") or bool(_JUNK_FOLDERS.intersection(path.parts))


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())
