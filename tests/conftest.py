"""What all tests share: the real films where they are at hand, and no network beyond this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real films; a test that needs it is left out, with this reason, where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("left out: needs the real films of ../shared/data, which are not in the repository")
    return folder
