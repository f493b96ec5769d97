"""The data folder: made for us alone, and held by one service at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.domain.errors import ConfigurationError
from service.settings import Settings


def make_data_dir(settings: Settings) -> None:
    """Make the folder where everything is kept, for us alone. Raises ConfigurationError."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(settings.data_dir, error) from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder: a second service on it would take up jobs that the first is still at.

    Raises ConfigurationError when another service holds it.
    """
    try:
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise _unusable(folder, error) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"Another cxr-scribe uses the folder {folder}: stop it, or set CXR_DATA_DIR to another folder."
            ) from None
        yield


def _unusable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"CXR_DATA_DIR: the folder {folder} cannot be used: {error.strerror}")
