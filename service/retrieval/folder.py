"""A site's own reports as a corpus: a folder of .txt, .md and .json files, or one CSV file."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from models.findings import Label, Polarity
from service.domain.errors import ConfigurationError
from service.ports import Corpus
from service.retrieval.cleaning import RawReport
from service.retrieval.reports import Reports, wait_of

_log = structlog.get_logger(__name__)

_SAID: Mapping[str, Polarity] = MappingProxyType(
    {str(polarity): polarity for polarity in Polarity}
    | {"1": Polarity.PRESENT, "0": Polarity.ABSENT, "-1": Polarity.UNCERTAIN}
    | {"1.0": Polarity.PRESENT, "0.0": Polarity.ABSENT, "-1.0": Polarity.UNCERTAIN}
)


def build(options: Mapping[str, str]) -> Corpus:
    """Build the corpus. Options: ``folder`` (a folder, or one CSV file) and ``wait_s``.

    - ``.txt`` and ``.md``: one report a file. ``.json``: an object or a list of objects with ``text`` and, if known,
      ``indication``.
    - CSV with a heading: ``text``, if known ``indication``, and a column for each label id that is known of all
      reports (1 or present, 0 or absent, -1 or uncertain, empty where the report does not say; CheXpert's notation).
      Where there are such columns, they are believed over the labeler. A column ``id`` is not used.

    The id of a report is made of its text, for names of files and numbers of reports may be the patient's. Raises
    ConfigurationError when there is nothing at that path.
    """
    path = Path(options["folder"]) if options.get("folder") else None
    if path is None or not path.exists():
        raise ConfigurationError(f"CXR_CORPUS: there is no folder and no CSV file {path or ''}; write folder:/path.")
    return Reports("folder", lambda: _reports(path), wait_of(options))


def _reports(path: Path) -> Iterator[RawReport]:
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in files:
        read = _READERS.get(file.suffix.lower())
        if read is None:
            continue
        try:
            yield from read(file)
        except (OSError, ValueError, TypeError, KeyError, csv.Error) as error:
            # The name of the file is not logged: it may be a patient's.
            _log.warning("corpus.left_out", number=files.index(file) + 1, problem=type(error).__name__)


def _plain(file: Path) -> Iterator[RawReport]:
    yield _report(file.read_text("utf-8-sig", errors="replace"))


def _json(file: Path) -> Iterator[RawReport]:
    content: Any = json.loads(file.read_text("utf-8-sig"))
    for entry in content if isinstance(content, list) else [content]:
        yield _report(str(entry["text"]), str(entry.get("indication") or ""))


def _table(file: Path) -> Iterator[RawReport]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.DictReader(lines)
        labels = [label for label in Label if label in (rows.fieldnames or ())]
        for row in rows:
            said = {label: _SAID[value] for label in labels if (value := (row[label] or "").strip().lower())}
            yield _report(row["text"], row.get("indication") or "", said if labels else None)


def _report(text: str, indication: str = "", said: Mapping[Label, Polarity] | None = None) -> RawReport:
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return RawReport(f"site/{digest}", text, indication, said)


_READERS = MappingProxyType({".txt": _plain, ".md": _plain, ".json": _json, ".csv": _table})
