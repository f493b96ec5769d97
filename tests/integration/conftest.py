"""What the integration tests run against: a server, and language models, one that fails on demand and a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests import real_llm
from tests.fault_llm import FaultServer
from tests.server import EMBEDDED, Server, running


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def real_llm_gguf() -> Path:
    """Return the file of a real model; a test that needs it is left out, with the reason, where there is none."""
    reason = real_llm.missing()
    if reason is not None:
        pytest.skip(reason)
    return real_llm.gguf()


@pytest.fixture(scope="module")
def real_llm_url(real_llm_gguf: Path, unused_tcp_port_factory: Callable[[], int]) -> Iterator[str]:
    """Return the base URL of the real model, served over HTTP from another process."""
    assert real_llm_gguf.is_file()
    with real_llm.serving(unused_tcp_port_factory()) as url:
        yield url


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the service as a newcomer does: no keys, the narrator and the embedded expert, where the package has it."""
    experts = "embedded" if EMBEDDED else "tests.plugs:expert"
    with running(tmp_path_factory.mktemp("service"), experts=experts) as server:
        yield server


@pytest.fixture
def client(service: Server) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client
