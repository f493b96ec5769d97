"""A real server for the tests: ``cxr serve`` in a process of its own, on a free port of loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
CXR = Path(sys.executable).with_name("cxr")
START_S = 60.0
EMBEDDED = (ROOT / "models" / "assets" / "embedded" / "card.json").is_file()

Json = dict[str, Any]


class Server:
    """A server over a folder; it may be killed and started again over the same one. ``settings`` lack the CXR_."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self._log = folder / "log"
        given = {"data_dir": str(self.data), "log_format": "json", "cache_dir": str(folder.parent / "cache")} | settings
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CXR_")}
        self.environment = kept | {f"CXR_{name.upper()}": value for name, value in given.items()}
        self.environment["PYTHONPATH"] = str(ROOT)  # the tests' own plugs
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers."""
        command = [str(CXR), "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=log, stderr=log)
        ends = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < ends, self.log
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does, and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    def run(self, *arguments: str) -> str:
        """Run ``cxr`` with the server's own settings and return what it printed."""
        done = subprocess.run(
            [str(CXR), *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout

    @property
    def resident_bytes(self) -> int:
        """Memory that the server itself holds (Linux)."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    @property
    def log(self) -> str:
        """All that it logged, over all its lives."""
        return self._log.read_text(encoding="utf-8")

    def client(self, key: str | None = None) -> httpx.Client:
        """Return a client, with a key where one is needed."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False, timeout=5).is_success
        except httpx.TransportError:
            return False


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    """Run a server; at the end it must stop when asked, in order."""
    server = Server(folder, **settings)
    server.start()
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    assert server.stop() in {0, -15}, server.log


def upload(client: httpx.Client, *films: bytes, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
    """Send films as one study."""
    files = [("files", (f"film{number}", film)) for number, film in enumerate(films)]
    return client.post("/api/v1/studies", files=files, data=form, headers=headers)


def events(response: httpx.Response) -> Iterator[tuple[str, Json]]:
    """Read a stream of Server-Sent Events: each with its name and data."""
    name = ""
    for line in response.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
