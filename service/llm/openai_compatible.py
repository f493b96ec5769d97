"""Any server that speaks OpenAI's chat completions, through the official SDK: OpenAI, Azure, vLLM, Ollama, llama.cpp.

Loaded only when it is chosen: the SDK takes over half a second to import.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionChunk

from service.domain.errors import ConfigurationError, ModelFailed
from service.llm.completion import Completion, malformed
from service.llm.deadline import Deadline
from service.llm.failures import TransientFailure
from service.llm.openai_client import base_url, connect
from service.llm.openai_failures import translate
from service.llm.options import Limits, structured
from service.llm.parameters import Parameters
from service.llm.retry import Retries
from service.llm.trimming import fitting
from service.ports import ChatModel, ChatRequest, Delta

_CHECK_S = 5.0
_LINGER_S = 2.0  # for the token counts, when the answer itself is whole; never the whole rest of the deadline
_END: Final = object()
_FAULTS = (openai.APIError, ValueError)

_Chunks: TypeAlias = openai.AsyncStream[ChatCompletionChunk]


class OpenAICompatible:
    """A model behind an HTTP server.

    Tried again, at most ``limits.max_retries`` times, on lost connections, 408, 429 and 5xx, as long as no text was
    delivered. A silence is not tried again: whoever waits has waited long enough.
    """

    def __init__(
        self, client: openai.AsyncOpenAI, model: str, limits: Limits, who: str, *, structured: bool = True
    ) -> None:
        self.name = f"openai:{model}"
        self._structured = structured
        self._client = client
        self._model = model
        self._limits = limits
        self._who = who
        self._parameters = Parameters()

    @property
    def structured(self) -> bool:
        """Whether the server is sent schemas: until it refuses one."""
        return self._structured and self._parameters.takes("response_format")

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the text as the server sends it. Raises ModelFailed; closing the iterator closes the connection."""
        deadline = Deadline(self._who, request.deadline_s)
        retries = Retries(self._limits.max_retries, deadline)
        while True:
            completion = Completion(self._who)
            try:
                async with aclosing(self._attempt(request, deadline, completion)) as deltas:
                    async for delta in deltas:
                        yield delta
            except TransientFailure as failure:
                if completion.started:
                    raise completion.cut() from failure
                await retries.pause(failure)
            else:
                return

    async def check(self) -> str | None:
        """Ask for the list of models, which costs nothing; what is wrong, in a sentence.

        Asked twice where the first fails: an idle connection that the server closed meanwhile says nothing about it.
        """
        client = self._client.with_options(max_retries=1)
        try:
            listed = await Deadline(self._who, _CHECK_S).wait(client.get("/models", cast_to=object), _CHECK_S)
        except _FAULTS as error:
            return translate(error, self._who).detail
        except ModelFailed as failure:
            return failure.detail
        return None if isinstance(listed, dict) else malformed(self._who).detail

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _attempt(
        self, request: ChatRequest, deadline: Deadline, completion: Completion
    ) -> AsyncGenerator[Delta, None]:
        stream = await self._open(request, deadline)
        try:
            self._expect_events(stream)
            while (chunk := await self._next(stream, deadline, completion)) is not _END:
                text = completion.feed(chunk)
                if text:
                    yield Delta(text)
            yield completion.end()
        finally:
            await stream.close()

    async def _open(self, request: ChatRequest, deadline: Deadline) -> _Chunks:
        while True:
            optional = self._parameters.of(request)
            try:
                return await deadline.wait(self._create(request, optional), self._limits.stall_s)
            except openai.APIError as error:
                if not self._learns(error, optional):
                    raise translate(error, self._who) from error

    def _learns(self, error: openai.APIError, optional: Mapping[str, Any]) -> bool:
        refused = isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError)
        return refused and self._parameters.learn(optional, error.param, error.message)

    async def _create(self, request: ChatRequest, optional: Mapping[str, Any]) -> _Chunks:
        messages: Any = fitting(request, self._limits.context_tokens)
        stream: _Chunks = await self._client.chat.completions.create(
            model=self._model, messages=messages, stream=True, **optional
        )
        return stream

    def _expect_events(self, stream: _Chunks) -> None:
        """Tell a web page or a plain object from an event stream: the SDK would read either as an empty one."""
        kind = stream.response.headers.get("content-type", "")
        if kind.startswith(("text/html", "application/json")):
            raise malformed(self._who)

    async def _next(self, stream: _Chunks, deadline: Deadline, completion: Completion) -> object:
        linger_s = min(_LINGER_S, deadline.remaining_s / 2)
        limit_s = linger_s if completion.finished else self._limits.stall_s
        try:
            return await deadline.wait(anext(stream, _END), limit_s)
        except (*_FAULTS, ModelFailed) as error:
            if completion.finished:
                return _END
            raise (error if isinstance(error, ModelFailed) else translate(error, self._who)) from error


def build(options: Mapping[str, str]) -> ChatModel:
    """Build from ``base_url`` (OpenAI's own by default), ``api_key``, ``model``, ``api_version`` (Azure) and limits.

    ``timeout_s`` is the longest silence (30), ``max_retries`` 2, ``context_tokens`` 8192; ``structured`` "off" sends no
    schema. Raises ConfigurationError.
    """
    model = options.get("model")
    if not model:
        raise ConfigurationError("CXR_LLM_MODEL must name the model that the server is to use.")
    host = urlsplit(base_url(options)).hostname
    who = f"The language model {model} at {host}"
    return OpenAICompatible(connect(options), model, Limits.of(options), who, structured=structured(options))
