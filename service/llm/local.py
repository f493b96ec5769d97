"""A GGUF file through llama.cpp, in this process: nothing that is said of a study leaves the machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from service.domain.errors import ConfigurationError, ModelFailed
from service.llm.completion import Completion
from service.llm.deadline import Deadline
from service.llm.llama import Engine, load
from service.llm.options import Limits, number, structured
from service.llm.parameters import response_format
from service.llm.trimming import fitting
from service.ports import ChatModel, ChatRequest, Delta

_END: Final = object()
_GGUF_MAGIC = b"GGUF"


class LocalModel:
    """One model, one slot: generations queue for one thread, which loads the file first, as soon as this is made.

    A generation that nobody reads any more is stopped at its next token, or within its next 128 tokens of prompt; only
    then does the next one begin. ``load`` makes the engine.
    """

    def __init__(self, load: Callable[[], Engine], model: str, limits: Limits, *, structured: bool = True) -> None:
        self.name = f"local:{model}"
        self.structured = structured
        self._who = f"The local language model {model}"
        self._limits = limits
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llama")
        self._engine: Future[Engine] | None = self._thread.submit(load)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the text as it is generated. Raises ModelFailed; closing the iterator stops the generation."""
        deadline = Deadline(self._who, request.deadline_s)
        completion = Completion(self._who)
        pipe = _Pipe(self._closing)
        work = pipe.loop.run_in_executor(self._thread, self._generate, self._payload(request), pipe)
        try:
            while (chunk := await deadline.wait(pipe.chunks.get(), self._limits.stall_s)) is not _END:
                text = completion.feed(chunk)
                if text:
                    yield Delta(text)
            await self._succeeded(work)
            yield completion.end()
        finally:
            pipe.stop()
            work.cancel()

    async def check(self) -> str | None:
        """None when the file is loaded, else a sentence: still loading, or not loadable."""
        if self._engine is None or not self._engine.done():
            return f"{self._who} is still loading its file."
        return None if self._engine.exception() is None else self._unloadable().detail

    async def aclose(self) -> None:
        """Stop what runs, end the thread and free the model's memory."""
        self._closing.set()
        await asyncio.to_thread(self._free)

    def _free(self) -> None:
        self._thread.shutdown()
        self._engine = None

    def _generate(self, payload: dict[str, Any], pipe: _Pipe) -> None:
        """Run in the thread; ``pipe`` gets the chunks, then the end, whatever happens."""
        try:
            if self._engine is not None and not pipe.stopped:
                self._engine.result().handle_chat_completions(payload, pipe.put)
        finally:
            pipe.end()

    async def _succeeded(self, work: asyncio.Future[None]) -> None:
        try:
            await work
        except ValueError as error:  # llama.cpp's word for messages that the file's chat template does not take
            raise ModelFailed("refused", f"{self._who} does not take messages of this form.") from error
        except RuntimeError as error:
            raise self._unloadable() from error

    def _unloadable(self) -> ModelFailed:
        return ModelFailed(
            "unreachable", f"{self._who} cannot be loaded: is the file whole, and is there memory for it?"
        )

    def _payload(self, request: ChatRequest) -> dict[str, Any]:
        return {
            "messages": fitting(request, self._limits.context_tokens),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            **({} if request.seed is None else {"seed": request.seed}),
            **({} if request.schema is None else {"response_format": response_format(request)}),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,  # calls back during the prompt too, so that it can be stopped there
        }


class _Pipe:
    """From the generating thread into the loop that made this, and the wish to stop on the way back."""

    def __init__(self, closing: threading.Event) -> None:
        self.loop = asyncio.get_running_loop()
        self.chunks: asyncio.Queue[object] = asyncio.Queue()
        self._closing = closing
        self._unread = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._unread.is_set() or self._closing.is_set()

    def stop(self) -> None:
        self._unread.set()

    def put(self, chunk: dict[str, Any]) -> bool:
        """Pass a chunk on, for llama.cpp, which stops at True."""
        self._send(chunk)
        return self.stopped

    def end(self) -> None:
        self._send(_END)

    def _send(self, item: object) -> None:
        if not self._unread.is_set():
            self.loop.call_soon_threadsafe(self.chunks.put_nowait, item)


def build(options: Mapping[str, str]) -> ChatModel:
    """Build from ``model_path`` (or ``model``), a GGUF file, ``threads`` (0: its choice), ``structured``, limits.

    Raises ConfigurationError when the file is none, or the extra ``local-llm`` is not installed.
    """
    path = _gguf(options.get("model_path") or options.get("model") or "")
    limits = Limits.of(options)
    threads = int(number(options, "threads", 0))
    engine = load(path, limits.context_tokens, threads)
    return LocalModel(engine, path.stem, limits, structured=structured(options))


def _gguf(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ConfigurationError(f"CXR_LLM_MODEL must be the path of a GGUF file; {name!r} is no file.")
    with path.open("rb") as file:
        if file.read(len(_GGUF_MAGIC)) != _GGUF_MAGIC:
            raise ConfigurationError(f"CXR_LLM_MODEL must be the path of a GGUF file; {name!r} is of another kind.")
    return path
