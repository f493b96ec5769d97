"""One worker process as the service sees it: started, asked, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path

from service.imaging import exchange
from service.imaging.exchange import Header, Signal
from service.imaging.limits import DecodeLimits

START_TIMEOUT_S = 30.0
_INTERPRETERS_OWN = ("LD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL")


class WorkerDiedError(Exception):
    """The worker is gone; ``accepted`` says whether it had begun the request."""

    def __init__(self, *, accepted: bool) -> None:
        super().__init__("the decode worker died")
        self.accepted = accepted


class WorkerProcess:
    """A started worker; it serves one request at a time. Made by ``start``."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self._process = process
        self._channel = channel
        self._ready: asyncio.Future[None] | None = None

    @classmethod
    async def start(cls, limits: DecodeLimits, decoder: str) -> WorkerProcess:
        """Start a worker and wait until it answers (about 0.4 s).

        Raises WorkerDiedError or BrokenMessageError when it does not, TimeoutError when it takes too long.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the standard library takes it by position
        with theirs:
            try:
                process = await _spawn(theirs, limits, decoder)
            except BaseException:  # cancellation too: nobody else knows of this socket
                ours.close()
                raise
        worker = cls(process, ours)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await worker._reply()
        except BaseException:  # cancellation too: nobody else knows of this process yet
            await worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    async def ask(self, header: Header, data: bytes) -> tuple[Header, memoryview]:
        """Send a request, wait for the reply.

        Raises WorkerDiedError when the process ends first and BrokenMessageError when its answer is none.
        """
        try:
            await asyncio.to_thread(exchange.post, self._channel, header, data)
        except OSError as error:
            raise WorkerDiedError(accepted=False) from error
        return await self._reply()

    async def gone(self) -> None:
        """Wait until the process ends."""
        await self._process.wait()

    async def kill(self) -> None:
        """End the process at once and reap it; a pending ``ask`` raises WorkerDiedError."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._channel.close()
        self._wake()
        await self._process.wait()

    async def _reply(self) -> tuple[Header, memoryview]:
        accepted = False
        while True:
            await self._readable()
            received = exchange.receive(self._channel)
            if isinstance(received, int):
                return exchange.unpack(received)
            if received is Signal.GONE:
                raise WorkerDiedError(accepted=accepted)
            accepted = True

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        number = self._channel.fileno()
        self._ready = loop.create_future()
        loop.add_reader(number, self._wake)
        try:
            await self._ready
        finally:
            loop.remove_reader(number)

    def _wake(self) -> None:
        if self._ready and not self._ready.done():
            self._ready.set_result(None)


async def _spawn(channel: socket.socket, limits: DecodeLimits, decoder: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "service.imaging.worker"),
        *(str(channel.fileno()), json.dumps(asdict(limits)), decoder),
        pass_fds=[channel.fileno()],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,  # decoders' messages quote the file
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """No secrets, no threads: only where to find the code and what the interpreter itself may need."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    kept = {name: os.environ[name] for name in _INTERPRETERS_OWN if name in os.environ}
    return kept | {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
