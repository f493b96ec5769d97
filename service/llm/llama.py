"""llama.cpp as ``xllamacpp`` gives it: the one file that knows that library."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from service.domain.errors import ConfigurationError

_BATCH_TOKENS = 128  # of a prompt, between two chances to stop; llama.cpp's own 2048 take a minute on two cores


class Engine(Protocol):
    """What is used of ``xllamacpp.Server``."""

    def handle_chat_completions(self, prompt: dict[str, Any], callback: Callable[[dict[str, Any]], bool]) -> None:
        """Generate, in the calling thread and without the GIL, until done or until ``callback`` returns True.

        Raises ValueError for messages that the chat template does not take.
        """
        ...


def load(path: Path, context_tokens: int, threads: int) -> Callable[[], Engine]:
    """Make the function that loads ``path``; it takes seconds and raises RuntimeError when the file cannot be loaded.

    Raises ConfigurationError, at once, when the library is not installed.
    """
    try:
        xllamacpp: Any = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise ConfigurationError("CXR_LLM=local needs llama.cpp: pip install 'cxr-scribe[local-llm]'.") from error

    def make() -> Engine:
        engine: Engine = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), path, context_tokens, threads))
        return engine

    return make


def _parameters(parameters: Any, path: Path, context_tokens: int, threads: int) -> Any:  # noqa: ANN401 - an untyped library
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel, parameters.n_batch = context_tokens, 1, _BATCH_TOKENS
    if threads:
        parameters.cpuparams.n_threads = threads
    parameters.cache_ram_mib = 0  # else up to 8 GiB of earlier prompts stay in memory
    parameters.verbosity = 0
    _shut_the_door(parameters)
    return parameters


def _shut_the_door(parameters: Any) -> None:  # noqa: ANN401 - an untyped library
    """Lock the HTTP server that the library always opens, on a free loopback port, to other users of this machine."""
    parameters.api_keys = [secrets.token_urlsafe()]
    parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
