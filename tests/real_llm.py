"""The real language model of ../shared/llm: where its file is, and its own server."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = Path(__file__).resolve().parents[2] / "shared" / "llm" / "serve.py"


def missing() -> str | None:
    """Why the model is not at hand, or None."""
    if not SERVE.is_file():
        return "left out: needs the language model of ../shared/llm, which is not in the repository"
    if importlib.util.find_spec("xllamacpp") is None:
        return "left out: needs the extra local-llm (xllamacpp)"
    return None


def gguf() -> Path:
    """Path of the model's file; it is fetched the first time, in about 30 s."""
    command = [sys.executable, str(SERVE), "qwen", "--file-only"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return Path(done.stdout.splitlines()[-1])


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Serve the model over HTTP with ``serve.py``, from outside; yields its base URL."""
    command = [sys.executable, str(SERVE), "qwen", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # the model's file
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
