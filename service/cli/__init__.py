"""The ``cxr`` command: one file a group of commands, put together in ``app``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command; an error of ours is one line for a human and exit status 2."""
    gc.disable()  # looking for cycles among modules that only just load takes a fifth of the time until they are there
    from service.cli.app import run  # noqa: PLC0415 - as above: after the collector is off

    gc.freeze()
    gc.enable()
    run()
