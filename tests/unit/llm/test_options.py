"""An adapter's options, and the client that is made of them."""

from __future__ import annotations

import pytest

from service.domain.errors import ConfigurationError
from service.llm.openai_client import base_url, connect, is_loopback
from service.llm.openai_compatible import build
from service.llm.options import Limits, number


def test_limits_have_defaults_and_can_be_set() -> None:
    assert Limits.of({}) == Limits(stall_s=30, max_retries=2, context_tokens=8192)
    options = {"timeout_s": "2.5", "max_retries": "0", "context_tokens": "4096"}
    assert Limits.of(options) == Limits(stall_s=2.5, max_retries=0, context_tokens=4096)


@pytest.mark.parametrize("value", ["many", "-1", "inf", "nan"])
def test_what_is_no_number_within_bounds_is_refused_by_name(value: str) -> None:
    with pytest.raises(ConfigurationError, match="max_retries"):
        number({"max_retries": value}, "max_retries", 2)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://llm.localhost/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://10.0.0.5/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
async def test_only_loopback_goes_past_the_proxy(url: str, monkeypatch: pytest.MonkeyPatch, *, here: bool) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.org:3128")
    assert is_loopback(url) == here
    client = connect({"base_url": url, "api_key": "k"})
    assert client._client.trust_env is not here  # noqa: SLF001 - the SDK does not say which HTTP client it was given
    await client.close()


def test_a_proxy_that_is_none_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example.org")
    with pytest.raises(ConfigurationError, match="proxy"):
        connect({"base_url": "https://10.0.0.5/v1"})


async def test_the_environments_own_key_and_address_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example.org/v1")
    client = connect({"base_url": "http://10.0.0.5/v1"})
    assert client.api_key == "none"
    assert str(client.base_url) == "http://10.0.0.5/v1/"
    assert client.max_retries == 0
    await client.close()


async def test_azure_is_asked_for_its_deployment_and_version() -> None:
    options = {"base_url": "https://site.openai.azure.com", "api_key": "k", "api_version": "2024-10-21"}
    client = connect(options)
    assert str(client.base_url) == "https://site.openai.azure.com/openai/"
    assert dict(client.default_query) == {"api-version": "2024-10-21"}
    await client.close()


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host/v1", "https://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CXR_LLM_BASE_URL"):
        base_url({"base_url": url})


@pytest.mark.parametrize(("options", "names"), [({"model": "m"}, "CXR_LLM_API_KEY"), ({}, "CXR_LLM_MODEL")])
def test_what_openai_itself_needs_is_asked_for(options: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigurationError, match=names):
        build(options)
