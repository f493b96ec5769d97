"""The door: untrusted bytes go to a worker process, and images or a refusal come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from service.domain.errors import FileRejected, TryLater
from service.imaging import wire
from service.imaging.exchange import BrokenMessageError, Header
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import DecodedFile, SourceFile
from service.imaging.worker_process import WorkerDiedError, WorkerProcess

T = TypeVar("T")
DECODER = "service.imaging.decode:decode_file"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # the second starts an empty archive


class DecodeSandbox:
    """A pool of at most ``workers`` persistent worker processes, one of them kept warm (about 55 MB).

    A worker that dies, idle or not, is replaced. One that exceeds its time is killed, and so is one whose caller
    goes away. ``decoder`` names the function that workers run, as ``module:function``.
    """

    def __init__(self, limits: DecodeLimits | None = None, workers: int = 1, *, decoder: str = DECODER) -> None:
        self._limits = limits or DecodeLimits()
        self._decoder = decoder
        self._slots = asyncio.Semaphore(workers)
        self._starting = asyncio.Lock()
        self._alive: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False

    async def start(self) -> None:
        """Start the warm worker. Raises TryLater when it cannot start."""
        self._open = True
        async with self._starting:
            self._idle.append(await self._started())

    async def aclose(self) -> None:
        """End every worker; requests in progress fail with decoder-failed."""
        self._open = False
        self._idle.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in list(self._alive):
            await self._end(worker)

    @property
    def ready(self) -> bool:
        """Whether a worker is alive."""
        return bool(self._alive)

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the living workers."""
        return [worker.pid for worker in self._alive]

    async def decode(self, data: bytes, file_name: str) -> DecodedFile:
        """Decode one file. Raises FileRejected with what is wrong, naming the file."""
        return await self._run("decode", data, file_name, wire.read_decoded)

    async def expand(self, data: bytes, file_name: str) -> list[SourceFile]:
        """Take an archive apart; anything else is returned as it is, unopened. Raises FileRejected."""
        if not data.startswith(ZIP_MAGIC):
            return [SourceFile(file_name, data)]
        return await self._run("expand", data, file_name, wire.read_members)

    async def _run(self, do: str, data: bytes, name: str, read: Callable[[Header, memoryview], T]) -> T:
        self._check_size(data, name)
        try:
            async with self._slots:
                reply = await self._ask({"do": do, "name": name}, data)
            return await asyncio.to_thread(read, *reply)
        except TimeoutError as error:
            raise FileRejected(
                name,
                "decoder-timeout",
                f"Reading {name} took longer than {self._limits.timeout_s:g} s and was stopped. "
                "Export it again, uncompressed if possible.",
            ) from error
        except (WorkerDiedError, BrokenMessageError) as error:
            raise FileRejected(
                name,
                "decoder-failed",
                f"{name} made the reader of images fail; nothing of it was kept. It is probably damaged: export it "
                "again, uncompressed if possible.",
            ) from error

    def _check_size(self, data: bytes, name: str) -> None:
        if not data:
            raise FileRejected(name, "empty-file", f"{name} is empty. Export it again and check that the copy ended.")
        if len(data) > self._limits.max_bytes:
            megabytes = self._limits.max_bytes // 1_000_000
            raise FileRejected(name, "too-large", f"{name} is larger than {megabytes} MB. Send a single film.")

    async def _ask(self, header: Header, data: bytes) -> tuple[Header, memoryview]:
        try:
            return await self._attempt(header, data)
        except WorkerDiedError as error:
            if error.accepted:
                raise
        return await self._attempt(header, data)  # the first had died idle and never began the request

    async def _attempt(self, header: Header, data: bytes) -> tuple[Header, memoryview]:
        async with self._worker() as worker, asyncio.timeout(self._limits.timeout_s):
            return await worker.ask(header, data)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[WorkerProcess]:
        """Lend a worker; it goes back only after a whole answer, anything else ends it."""
        async with self._starting:  # one that is on its way is worth waiting for
            worker = self._idle.pop() if self._idle else await self._started()
        try:
            yield worker
        except BaseException:  # cancellation too: the worker is still busy with a request nobody waits for
            await asyncio.shield(self._end(worker))
            raise
        if worker in self._alive and self._open:
            self._idle.append(worker)

    async def _started(self) -> WorkerProcess:
        try:
            worker = await WorkerProcess.start(self._limits, self._decoder)
        except (WorkerDiedError, BrokenMessageError, TimeoutError, OSError) as error:
            raise TryLater("The reader of images could not start. Try again; if it persists run: cxr doctor") from error
        if not self._open:
            await worker.kill()
            raise TryLater("The service is closing. Try again in a moment.")
        self._alive.add(worker)
        self._in_background(self._watch(worker))
        return worker

    async def _watch(self, worker: WorkerProcess) -> None:
        await worker.gone()
        if worker in self._idle:  # else whoever waits for its answer ends it
            self._idle.remove(worker)
            await self._end(worker)

    async def _end(self, worker: WorkerProcess) -> None:
        self._alive.discard(worker)
        await worker.kill()
        if self._open and not self._alive:
            self._in_background(self._rewarm())

    async def _rewarm(self) -> None:
        async with self._starting:
            if not self._alive:
                with suppress(TryLater):  # the next request tries again, and says so
                    self._idle.append(await self._started())

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
