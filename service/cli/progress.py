"""The progress of a download, on standard error."""

from __future__ import annotations

import sys
import time
from typing import Self

import typer

EVERY_S = 0.5
MEGA = 1_000_000


class Bar:
    """One line that is written over on a terminal, a line every tenth elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._written = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the line, whatever ended the download."""
        if self._written and self._terminal:
            typer.echo(err=True)

    def show(self, done: int, total: int | None) -> None:
        """Implement ``models.download.Progress``."""
        if not self._due(done, total):
            return
        self._written = True
        of = f" of {total / MEGA:.1f}" if total else ""
        start, end = ("\r", "") if self._terminal else ("", "\n")
        typer.echo(f"{start}{done / MEGA:.1f}{of} MB{end}", nl=False, err=True)

    def _due(self, done: int, total: int | None) -> bool:
        """Twice a second on a terminal, at each tenth elsewhere, and at the end."""
        now = time.monotonic() if self._terminal else (10 * done / total if total else done / (10 * MEGA))
        if now < self._next and done != total:
            return False
        self._next = now + EVERY_S if self._terminal else int(now) + 1
        return True
