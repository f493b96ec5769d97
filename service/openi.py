"""The archive of the Open-i reports (Indiana University), as the installed torchxrayvision package holds it.

Its licence (CC BY-NC-ND) keeps the reports out of this repository.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

ARCHIVE = "NLMCXR_reports.tgz"
_REPORTED = ("FINDINGS", "IMPRESSION")


@dataclass(frozen=True, slots=True)
class Record:
    """One report: its number, its parts by heading ("INDICATION"), its "major" MeSH terms."""

    number: int
    parts: Mapping[str, str]
    terms: tuple[str, ...]

    @property
    def text(self) -> str:
        """Findings and impression under their headings."""
        return "\n".join(f"{name}: {self.parts[name]}" for name in _REPORTED if self.parts.get(name))


def find_archive() -> Path | None:
    """Path of the reports in the installed torchxrayvision, which is not imported; None where it is not installed."""
    spec = find_spec("torchxrayvision")
    folders = spec.submodule_search_locations if spec else None
    paths = [Path(folder) / "data" / ARCHIVE for folder in folders or ()]
    return next((path for path in paths if path.is_file()), None)


def records(archive: Path) -> list[Record]:
    """Read all reports of the archive, by number."""
    with tarfile.open(archive) as packed:
        found = [record for member in packed for record in _member(packed, member)]
    return sorted(found, key=lambda record: record.number)


def _member(packed: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[Record]:
    handle = packed.extractfile(member) if member.name.endswith(".xml") else None
    if handle is not None:
        with handle:
            root = ET.fromstring(handle.read())  # noqa: S314 - a file of an installed package, no outsider's upload
        parts = {str(part.get("Label")): (part.text or "").strip() for part in root.iter("AbstractText")}
        terms = tuple((term.text or "").strip() for term in root.iter("major"))
        yield Record(int(Path(member.name).stem), parts, terms)
