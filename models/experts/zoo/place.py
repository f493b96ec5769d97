"""Where pulled networks lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.base import ExpertError
from models.experts.zoo.catalogue import catalogue
from models.weights import CARD

OPTIONS = frozenset({"name", "folder"})
"""Options of a plug that serves pulled networks."""


def pulled(name: str, options: Mapping[str, str]) -> Path:
    """Folder of a pulled network. Raises ExpertError where it was not pulled."""
    folder = Path(options.get("folder", ".")) / name
    if not is_pulled(name, folder.parent):
        raise ExpertError(f"{name} is not in {folder.parent}: run `cxr experts pull {name}` first.")
    return folder


def is_pulled(name: str, folder: Path) -> bool:
    """Whether a network of the catalogue lies in the folder where networks are pulled to."""
    return name in catalogue() and (folder / name / CARD).is_file()
