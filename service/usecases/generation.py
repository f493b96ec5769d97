"""Words from a language model, and from the narrator when the model gives nothing usable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from service.domain.errors import ModelFailed, Rejected
from service.domain.report import Fallback
from service.ports import ChatModel, ChatRequest, Delta

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Budget:
    """What a generation may cost: tokens, and seconds with all retries."""

    max_tokens: int = 800
    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """The model failed: what it wrote so far is void, the narrator begins anew."""

    fallback: Fallback


@dataclass(frozen=True, slots=True)
class Written:
    """The end of a generation: the whole text, who wrote it, what it cost."""

    text: str
    written_by: str
    fallback: Fallback | None
    seconds: float
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Writer:
    """Runs generations on the site's model or on another by name; the narrator stands in for each."""

    def __init__(
        self, models: Mapping[str, ChatModel], *, default: str, narrator: ChatModel, budget: Budget | None = None
    ) -> None:
        self._models: Mapping[str, ChatModel] = {narrator.name: narrator, **models}
        self._default = default
        self._narrator = narrator
        self.budget = budget or Budget()

    def model(self, name: str | None = None) -> ChatModel:
        """Return the site's model, or the one of that name. Raises Rejected when the site has none of that name."""
        try:
            return self._models[name or self._default]
        except KeyError:
            known = ", ".join(sorted(self._models))
            raise Rejected(f"This site has no language model {name!r}; it has: {known}.", code="unknown-llm") from None

    async def write(
        self, request: ChatRequest, *, llm: str | None = None, accept: Callable[[str], bool] = bool
    ) -> AsyncGenerator[Piece | FellBack | Written, None]:
        """Yield the text in pieces and, last, ``Written``; ``accept`` says whether the whole has the asked-for form.

        Closing the iterator cancels the generation.
        """
        started = time.perf_counter()
        fallback: Fallback | None = None
        for model in (self.model(llm), self._narrator):
            deltas: list[Delta] = []
            try:
                async with aclosing(_bounded(model, request)) as stream:
                    async for delta in stream:
                        deltas.append(delta)
                        if delta.text:
                            yield Piece(delta.text)
                text = _whole(deltas, accept)
            except ModelFailed as failure:
                if model is self._narrator:
                    raise
                _log.warning("llm.failed", model=model.name, reason=failure.reason)
                fallback = Fallback(failure.reason, failure.detail)
                yield FellBack(fallback)
                continue
            last = deltas[-1]
            seconds = time.perf_counter() - started
            yield Written(text, model.name, fallback, seconds, last.prompt_tokens, last.completion_tokens)
            return

    async def ask(
        self, request: ChatRequest, *, llm: str | None = None, enough: Callable[[str], bool] | None = None
    ) -> str:
        """Return a whole answer of the model itself, or its beginning once that is ``enough``. Raises ModelFailed."""
        deltas: list[Delta] = []
        async with aclosing(_bounded(self.model(llm), request)) as stream:
            async for delta in stream:
                deltas.append(delta)
                if enough is not None and enough(said := "".join(each.text for each in deltas)):
                    return said
        return _whole(deltas, bool)

    async def narration(self, request: ChatRequest) -> str:
        """Return what the narrator says to the same request."""
        async with aclosing(_bounded(self._narrator, request)) as stream:
            return "".join([delta.text async for delta in stream])


def _whole(deltas: Sequence[Delta], accept: Callable[[str], bool]) -> str:
    """Return the text of an answer that came to its own end and has the asked-for form. Raises ModelFailed."""
    text = "".join(delta.text for delta in deltas).strip()
    if not text:
        raise ModelFailed("empty", "The language model answered with no text.")
    if deltas[-1].finish != "stop":
        raise ModelFailed("cut", "The language model broke off in the middle of its answer.")
    if not accept(text):
        raise ModelFailed("malformed", "The language model did not answer in the form it was asked for.")
    return text


async def _bounded(model: ChatModel, request: ChatRequest) -> AsyncGenerator[Delta, None]:
    """Hold any model to the deadline, and turn whatever a foreign adapter raises into ModelFailed."""
    ends = time.monotonic() + request.deadline_s
    stream: AsyncIterator[Delta] | None = None
    try:
        stream = model.stream(request)
        while True:
            yield await asyncio.wait_for(anext(stream), timeout=max(ends - time.monotonic(), 0.001))
    except StopAsyncIteration:
        return
    except TimeoutError:
        raise ModelFailed("timeout", f"The language model took longer than {request.deadline_s:g} seconds.") from None
    except (ModelFailed, GeneratorExit):
        raise
    except Exception as error:  # a plug from outside may raise anything, and the user still gets a report
        _log.exception("llm.crashed", model=model.name)
        raise ModelFailed("server-error", "The language model's adapter failed; see the log.") from error
    finally:
        if stream is not None and hasattr(stream, "aclose"):
            await stream.aclose()
