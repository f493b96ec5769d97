"""Find an expert's files and make sure that they are the ones its card speaks of. Nothing is ever downloaded here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.base import ExpertCard, ExpertError
from models.findings import Label

ASSETS = Path(__file__).parent / "assets"
"""Weights that come with the package."""

CARD = "card.json"


def find(name: str, folders: Iterable[Path] = ()) -> Path:
    """Folder of the expert ``name``: the first of ``folders`` that holds its card, else the package's own assets.

    Raises ExpertError when no folder has it.
    """
    candidates = [folder / name for folder in (*folders, ASSETS)]
    for candidate in candidates:
        if (candidate / CARD).is_file():
            return candidate
    looked = ", ".join(str(candidate) for candidate in candidates)
    raise ExpertError(f"The expert {name!r} has no {CARD}; looked in {looked}.")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex. Raises ExpertError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ExpertError(f"The weights file {path} cannot be read: {error.strerror}.") from error


def verify(path: Path, expected: str) -> None:
    """Raise ExpertError unless the file's SHA-256 is ``expected`` (hex)."""
    actual = sha256_of(path)
    if actual != expected:
        raise ExpertError(f"{path} is not the file of its card: SHA-256 is {actual}, the card says {expected}.")


def load_card(folder: Path) -> ExpertCard:
    """Read the card of an expert and verify every file it lists. Raises ExpertError on anything wrong."""
    path = folder / CARD
    try:
        details: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name, expected in details["files"].items():
            verify(folder / name, expected)
        return ExpertCard(
            name=details["name"],
            version=details["version"],
            labels=tuple(Label(label) for label in details["labels"]),
            weights_sha256=details["files"]["model.bin"],
            licence=details["licence"],
            details=details,
        )
    except OSError as error:
        raise ExpertError(f"The card {path} cannot be read: {error.strerror}.") from error
    except (KeyError, ValueError, AttributeError) as error:
        raise ExpertError(f"The card {path} is damaged or of another version: {error!r}.") from error
