"""Chunks of a streamed chat completion, in OpenAI's form, to text: what is a whole answer and what is none."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from service.domain.errors import ModelFailed
from service.llm.failures import from_error_event
from service.llm.thinking import Thoughts
from service.ports import Delta


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", from_attributes=True)  # a dict of llama.cpp's, an object of the SDK's


class _Piece(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    delta: _Piece | None = None
    finish_reason: str | None = None


class _Usage(_Lenient):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(_Lenient):
    choices: list[_Choice]
    usage: _Usage | None = None
    error: object = None


class Completion:
    """One answer in the making. ``who`` begins the sentence of a failure."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._usage = _Usage()
        self._thoughts = Thoughts()
        self._spoke = False
        self.started = False
        self.finished = False

    def feed(self, raw: object) -> str:
        """Take a chunk and return its text, "" where it has none or only thinks aloud.

        Raises ModelFailed: malformed (not a chunk), declined (a refusal, a content filter), cut (at the token limit),
        or what an error object in the stream says.
        """
        chunk = self._parse(raw)
        self._usage = chunk.usage or self._usage
        return self._note(self._thoughts.feed("".join(self._read(choice) for choice in chunk.choices[:1])))

    def end(self) -> Delta:
        """Close the answer. Raises ModelFailed: empty, or cut where no finish was seen."""
        rest = self._note(self._thoughts.end())
        if not self._spoke:
            raise ModelFailed("empty", f"{self._who} answered with no text.")
        if not self.finished:
            raise self.cut()
        return Delta(rest, "stop", self._usage.prompt_tokens, self._usage.completion_tokens)

    def cut(self) -> ModelFailed:
        """Failure of an answer that broke off."""
        return ModelFailed("cut", f"{self._who} broke off in the middle of its answer.")

    def _note(self, text: str) -> str:
        self.started = self.started or bool(text)
        self._spoke = self._spoke or bool(text.strip())
        return text

    def _parse(self, raw: object) -> _Chunk:
        if isinstance(raw, dict) and raw.get("error"):
            raise from_error_event(self._who, raw["error"])
        try:
            return _Chunk.model_validate(raw)
        except ValidationError as error:
            raise malformed(self._who) from error

    def _read(self, choice: _Choice) -> str:
        piece = choice.delta or _Piece()
        if piece.refusal or choice.finish_reason == "content_filter":
            raise ModelFailed("declined", f"{self._who} declined to answer.")
        if choice.finish_reason == "length":
            raise ModelFailed("cut", f"{self._who} reached its limit of tokens: raise CXR_LLM_MAX_TOKENS.")
        if choice.finish_reason in {"tool_calls", "function_call"}:
            raise malformed(self._who)
        self.finished = self.finished or choice.finish_reason is not None
        return piece.content or ""


def malformed(who: str) -> ModelFailed:
    """Failure of a server whose answer is no chat completion."""
    return ModelFailed("malformed", f"{who} did not answer as an OpenAI-compatible server: check CXR_LLM_BASE_URL.")
