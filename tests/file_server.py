"""A server of one file on loopback that fails on demand, for the tests of downloads."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Fault:
    """What one answer does wrong.

    ``status`` other than 0 is answered alone; ``cut`` breaks off after so many bytes of the body; ``page`` answers as a
    login page; ``trickle`` sends one byte a tick; ``ranges`` of False ignores that a part was asked for; ``silent``
    answers nothing for so long, in seconds.
    """

    status: int = 0
    cut: int | None = None
    page: bool = False
    trickle: bool = False
    ranges: bool = True
    silent: float = 0.0


@dataclass
class FileServer:
    """``content`` may be changed while it runs. Answers take ``faults`` in order, then go well."""

    content: bytes
    faults: list[Fault] = field(default_factory=list)
    tagged: bool = True
    asked: list[str | None] = field(default_factory=list)
    """The Range of every request, in order; None for the whole file."""

    def __enter__(self) -> Self:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                """Keep the terminal for the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/weights.pt"

    def answer(self, request: Any) -> None:  # noqa: ANN401 - a handler
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        fault = self.faults.pop(0) if self.faults else Fault()
        time.sleep(fault.silent)
        if fault.status or fault.page:
            return self._send(
                request, fault.status or 200, b"<html>Please log in</html>", {"Content-Type": "text/html"}
            )
        start = self._start(request, wanted) if fault.ranges else 0
        if start > len(self.content) or (start and start == len(self.content)):
            return self._send(request, 416, b"", {"Content-Range": f"bytes */{len(self.content)}"})
        return self._send_file(request, start, fault)

    def _start(self, request: Any, wanted: str | None) -> int:  # noqa: ANN401 - as above
        unchanged = request.headers.get("If-Range") in {None, self._tag()}
        return int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and unchanged else 0

    def _tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    def _send_file(self, request: Any, start: int, fault: Fault) -> None:  # noqa: ANN401 - as above
        headers = {"Content-Type": "application/octet-stream"} | ({"ETag": self._tag()} if self.tagged else {})
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        self._send(request, 206 if start else 200, self.content[start:], headers, fault)

    def _send(self, request: Any, status: int, body: bytes, headers: dict[str, str], fault: Fault = Fault()) -> None:  # noqa: ANN401 - as above
        request.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            request.send_header(name, value)
        request.end_headers()
        sent = body if fault.cut is None else body[: fault.cut]
        try:
            for place in range(0, len(sent), 1 if fault.trickle else 1 << 16):
                request.wfile.write(sent[place : place + (1 if fault.trickle else 1 << 16)])
                if fault.trickle:
                    time.sleep(TICK_S)
        except ConnectionError:
            return  # the reader has had enough
