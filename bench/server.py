"""A real server on loopback, with a folder of its own, for as long as a benchmark needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

_STARTS_WITHIN_S = 60.0
_ROOT = Path(__file__).parent.parent  # where a server finds the plugs of these benchmarks


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, its process, and the seconds from its start to ready."""

    url: str
    pid: int
    ready_s: float

    def rss_mb(self) -> float:
        """Resident memory in MB, its decoder's included."""
        return sum(_rss_mb(pid) for pid in (self.pid, *self.children()))

    def children(self) -> list[int]:
        """Process ids of what it started: its decoders."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """Start ``cxr serve`` and wait until it is ready; stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="cxr-bench-") as folder:
        own = {"CXR_DATA_DIR": folder, "CXR_LOG_LEVEL": "error", "PYTHONPATH": str(_ROOT)}
        environment = os.environ | own | settings
        command = [str(Path(sys.executable).with_name("cxr")), "serve", "--port", str(port)]
        started = time.perf_counter()
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
            try:
                _wait(port, started)
                yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - started)
            finally:
                process.terminate()


def _wait(port: int, started: float) -> None:
    """Ask until it is ready. Not by httpx, of which each question costs as much as a tenth of the start."""
    while time.perf_counter() - started < _STARTS_WITHIN_S:
        with suppress(ConnectionError), closing(HTTPConnection("127.0.0.1", port)) as asked:
            asked.request("GET", "/readyz")
            if asked.getresponse().status == HTTPStatus.OK:
                return
        time.sleep(0.01)
    raise RuntimeError(f"no server on port {port} within {_STARTS_WITHIN_S:g} s")


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
