"""A llama.cpp engine that speaks by script: it stands where ``xllamacpp.Server`` would, in ``LocalModel``'s thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Chunk = Mapping[str, Any]


def said(text: str | None = None, finish: str | None = None) -> Chunk:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def spoken(text: str) -> list[Chunk]:
    """Chunks of a whole answer, as llama.cpp sends them: progress, words, the end, the counts."""
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}
    words = [said(f"{word} ") for word in text.split(" ")]
    return [said(), *words, said(finish="stop"), usage]


class ScriptedEngine:
    """Calls back with ``script``, then raises ``failure`` if any. ``stopped`` is set when a callback said stop.

    With ``hold`` it waits before each chunk until ``go`` is set.
    """

    def __init__(self, script: Iterable[Chunk], failure: Exception | None = None, *, hold: bool = False) -> None:
        self._script = list(script)
        self._failure = failure
        self.prompts: list[dict[str, Any]] = []
        self.threads: set[int] = set()
        self.stopped = threading.Event()
        self.go = threading.Event()
        if not hold:
            self.go.set()

    def handle_chat_completions(self, prompt: dict[str, Any], callback: Callable[[dict[str, Any]], bool]) -> None:
        self.prompts.append(prompt)
        self.threads.add(threading.get_ident())
        for chunk in self._script:
            self.go.wait(10)
            if callback(dict(chunk)):
                self.stopped.set()
                return
        if self._failure is not None:
            raise self._failure
