"""A language model whose answers are kept on disk, by a hash of what it was asked: a rerun costs nothing."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from service.domain.errors import FailureReason, ModelFailed
from service.ports import ChatModel, ChatRequest, Delta

_OF_THE_TEXT = frozenset({"cut", "empty", "declined", "malformed"})
"""Failures that the same question meets again. A server that was away is none of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote, in the pieces in which it came, and how long that took; ``failure``: reason and sentence."""

    pieces: tuple[str, ...]
    seconds: float
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    failure: tuple[FailureReason, str] | None = None

    @property
    def text(self) -> str:
        """The whole of it."""
        return "".join(self.pieces).strip()


class CachedModel:
    """Implements ``service.ports.ChatModel``. ``answers`` are those given since it was last emptied, in order."""

    def __init__(self, model: ChatModel, folder: Path, *, retry_failed: bool = False) -> None:
        self.name = model.name
        self.answers: list[Answer] = []
        self._model = model
        self._folder = folder
        self._retry_failed = retry_failed

    @property
    def structured(self) -> bool:
        """Whether the model can be held to a schema."""
        return self._model.structured

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield what was kept, in its own pieces, else what the model says now, which is kept."""
        path = self._folder / f"{key_of(self.name, request)}.json"
        kept = _read(path)
        if kept is None or (kept.failure and self._retry_failed):
            async with aclosing(self._fresh(request, path)) as fresh:
                async for delta in fresh:
                    yield delta
            return
        self.answers.append(kept)
        for piece in kept.pieces:
            yield Delta(piece)
        if kept.failure:
            raise ModelFailed(*kept.failure)
        yield Delta("", "stop", kept.prompt_tokens, kept.completion_tokens)

    async def _fresh(self, request: ChatRequest, path: Path) -> AsyncGenerator[Delta, None]:
        """Time what the model takes, not what is done with its pieces meanwhile."""
        seconds, started = 0.0, time.perf_counter()
        pieces: list[str] = []
        last = Delta("")
        try:
            async for last in self._model.stream(request):
                pieces.append(last.text)
                seconds += time.perf_counter() - started
                yield last
                started = time.perf_counter()
        except ModelFailed as failure:
            seconds += time.perf_counter() - started
            answer = Answer(tuple(pieces), seconds, failure=(failure.reason, failure.detail))
            self._keep(path, answer, stored=failure.reason in _OF_THE_TEXT)
            raise
        self._keep(path, Answer(tuple(pieces), seconds, last.prompt_tokens, last.completion_tokens), stored=True)

    def _keep(self, path: Path, answer: Answer, *, stored: bool) -> None:
        self.answers.append(answer)
        if stored:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")  # a run that is broken off leaves no half an answer
            partial.write_text(json.dumps(asdict(answer)), "utf-8")
            partial.replace(path)

    async def check(self) -> str | None:
        """Ask the model."""
        return await self._model.check()

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


def key_of(name: str, request: ChatRequest) -> str:
    """Hash all that an answer depends on."""
    asked = {
        "model": name,
        "messages": [asdict(message) for message in request.messages],
        "schema": request.schema,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _read(path: Path) -> Answer | None:
    if not path.is_file():
        return None
    kept = json.loads(path.read_text("utf-8"))
    failure = kept.pop("failure")
    return Answer(**{**kept, "pieces": tuple(kept["pieces"])}, failure=tuple(failure) if failure else None)
