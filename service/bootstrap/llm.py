"""The language models of this site, by the names that a request may ask for."""

from __future__ import annotations

from collections.abc import Mapping

from models.runtime import cpu_quota
from service.plugins import load
from service.ports import ChatModel
from service.settings import Settings


def load_models(settings: Settings) -> Mapping[str, ChatModel]:
    """Return the narrator and the site's model. Raises ConfigurationError."""
    names = dict.fromkeys(["narrator", settings.llm])
    return {name: load("cxr.llm", name)(_options(settings)) for name in names}


def _options(settings: Settings) -> dict[str, str]:
    key = settings.llm_api_key
    options = {
        "base_url": settings.llm_base_url,
        "api_key": key.get_secret_value() if key else None,
        "model": settings.llm_model,
        "model_path": settings.llm_model,
        "api_version": settings.llm_api_version,
        "max_retries": str(settings.llm_max_retries),
        "timeout_s": str(settings.llm_silence_s),
        "threads": str(settings.llm_threads or cpu_quota()),
        "context_tokens": str(settings.llm_context_tokens),
        "structured": settings.llm_structured,
    }
    return {name: value for name, value in options.items() if value is not None}
