"""The SDK's client for one server, taking nothing from the environment but the way out of the house."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import openai

from service.domain.errors import ConfigurationError

OPENAI_URL = "https://api.openai.com/v1"
_NO_KEY = "none"  # the SDK insists on one; a server of one's own ignores it
_CONNECT_S = 5.0


def connect(options: Mapping[str, str]) -> openai.AsyncOpenAI:
    """Make the client from ``base_url``, ``api_key`` and, for Azure, ``api_version``. Raises ConfigurationError.

    - The SDK's own retries are off: it would sleep through a Retry-After of two minutes, whatever the deadline.
    - Of time-outs only the connection's is set: silence and the whole are ``Deadline``'s.
    - A redirect is refused, so that what is said of a study goes to the configured server and to no other.
    - Proxies are those of the environment (HTTPS_PROXY, NO_PROXY), except to loopback.
    """
    url = base_url(options)
    http = _http_client(url)
    timeout = openai.Timeout(None, connect=_CONNECT_S)
    version = options.get("api_version")
    if version:
        return openai.AsyncAzureOpenAI(
            azure_endpoint=url,
            api_version=version,
            api_key=_key(options, url),
            http_client=http,
            timeout=timeout,
            max_retries=0,
        )
    return openai.AsyncOpenAI(
        base_url=url, api_key=_key(options, url), http_client=http, timeout=timeout, max_retries=0
    )


def base_url(options: Mapping[str, str]) -> str:
    """Address of the server, OpenAI's own where unset. Raises ConfigurationError when it is no http(s) URL."""
    url = options.get("base_url") or OPENAI_URL
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError("CXR_LLM_BASE_URL must begin with http:// or https:// and name a host.")
    return url


def is_loopback(url: str) -> bool:
    """Whether ``url`` is on this machine, judged by its text alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _http_client(url: str) -> Any:  # noqa: ANN401 - httpx's or httpx2's, as the SDK's version has it
    try:
        return openai.DefaultAsyncHttpxClient(trust_env=not is_loopback(url), follow_redirects=False)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"The proxy that the environment names cannot be used: {error}.") from error


def _key(options: Mapping[str, str], url: str) -> str:
    key = options.get("api_key", "").strip()
    if not key and url == OPENAI_URL:
        raise ConfigurationError("CXR_LLM_API_KEY is needed for OpenAI; set CXR_LLM_BASE_URL for a server of your own.")
    return key or _NO_KEY
