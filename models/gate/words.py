"""The gate's sentences, kept in ``sentences.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

_SENTENCES: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8")
)


def stop(key: str, **values: object) -> str:
    """Why a picture is not read. Raises KeyError on a key or value that is not there."""
    return _SENTENCES["stop"][key].format(**values)


def doubt(key: str, **values: object) -> str:
    """Why what is read is marked. Raises KeyError on a key or value that is not there."""
    return _SENTENCES["doubt"][key].format(**values)
