"""The Open-i reports (Indiana University) out of the installed torchxrayvision package, as a corpus.

Their licence (CC BY-NC-ND) keeps them out of this package; they are read where they lie. For research.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from service import openi
from service.domain.errors import ConfigurationError
from service.ports import Corpus
from service.retrieval.cleaning import RawReport
from service.retrieval.reports import Reports, wait_of


def build(options: Mapping[str, str]) -> Corpus:
    """Build the corpus. Options: ``archive`` (its path, else the installed package's), ``wait_s``.

    Raises ConfigurationError when torchxrayvision is not installed.
    """
    archive = Path(options["archive"]) if "archive" in options else openi.find_archive()
    if archive is None or not archive.is_file():
        raise ConfigurationError(
            "CXR_CORPUS=openi needs the reports inside torchxrayvision: pip install torchxrayvision."
        )
    return Reports("openi", lambda: _reports(archive), wait_of(options))


def _reports(archive: Path) -> Iterator[RawReport]:
    for record in openi.records(archive):
        yield RawReport(f"openi/{record.number}", record.text, record.parts.get("INDICATION", ""))
