"""The image, built once, and the service running in a container of it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from tests.integration.container import ingredients
from tests.integration.container.engine import Container, Engine, Server, scratch_folder

_log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with nothing in its storage."""
    with scratch_folder() as folder:
        yield Engine(folder)


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    """The image of docker/Dockerfile."""
    base, wheels = ingredients.base_archive(engine), ingredients.wheels()
    started = time.monotonic()
    name = engine.build(ingredients.ROOT, base, wheels)
    _log.info("image built in %.0f s", time.monotonic() - started)
    return name


@pytest.fixture(scope="module")
def container(engine: Engine, image: str) -> Container:
    """A container whose server is ``server``."""
    return engine.container(image)


@pytest.fixture(scope="module")
def server(container: Container) -> Iterator[Server]:
    """The service, running in ``container``."""
    with container.serving(free_port()) as running:
        _log.info("ready %.1f s after the start", running.ready_s)
        yield running


@pytest.fixture(scope="module")
def key(server: Server, container: Container) -> str:
    """An API key, made as the operator would make it: beside the running server."""
    assert server.ready_s
    return new_key(container)


def new_key(container: Container) -> str:
    """Make an API key in the container."""
    made = container.execute("cxr", "keys", "create", "ward")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
