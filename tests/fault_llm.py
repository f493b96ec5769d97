"""An OpenAI-compatible server on loopback that fails on demand, and remembers what it was asked.

    with FaultServer() as server:
        server.mode = "reset"                      # or: CXR_LLM_MODEL=reset, a mode's name as the model's
        ...                                        # CXR_LLM_BASE_URL=server.base_url
        assert "Jane Doe" not in server.received

``REASONS`` names every mode that is a failure and the ``ModelFailed`` reason it must end in. The other modes are "ok",
"chatty" (a whole answer that is not in the asked-for form), "unlinked" (no [DONE] after a whole answer) and
"old-server" (refuses ``stream_options``). ``recover_after = n`` makes the mode hold for the first n requests only.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from service.domain.errors import FailureReason

REPORT = (
    "FINDINGS:\nThe heart is not enlarged. The lungs are clear.\n\nIMPRESSION:\nNo acute cardiopulmonary abnormality."
)
CHAT = "Sure! Happy to help. This lovely picture shows a chest, and I would not worry about it."

REASONS: Mapping[str, FailureReason] = {
    "unauthorized": "refused",
    "unknown-model": "refused",
    "redirect": "refused",
    "rate-limited": "rate-limited",
    "rate-limited-long": "rate-limited",
    "no-quota": "rate-limited",
    "server-error": "server-error",
    "overloaded": "server-error",
    "error-event": "server-error",
    "hang": "timeout",
    "hang-in-stream": "timeout",
    "stall": "timeout",
    "drip": "timeout",
    "empty-stream": "empty",
    "empty-text": "empty",
    "reset": "cut",
    "dropped": "cut",
    "unfinished": "cut",
    "length": "cut",
    "error-after-text": "cut",
    "garbage": "malformed",
    "not-a-chunk": "malformed",
    "html": "malformed",
    "plain-object": "malformed",
    "content-filter": "declined",
    "refusal": "declined",
}


def closed_port_url() -> str:
    """Base URL where nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


class FaultServer:
    """The server; a context manager. Its attributes may be changed while it runs."""

    def __init__(self, mode: str = "ok", answer: str = REPORT) -> None:
        self.mode = mode
        self.answer = answer
        self.recover_after: int | None = None
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.client_left = threading.Event()
        self.stopping = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = False  # so that closing waits for them
        self._http.faults = self  # type: ignore[attr-defined]  # a handler is given nothing but its server
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def received(self) -> str:
        """All that was ever received, as one text to search."""
        return json.dumps(self.requests, ensure_ascii=False)

    def take(self, body: dict[str, Any], key: str) -> str:
        """Remember a request and say which mode answers it."""
        self.requests.append(body)
        self.keys.append(key)
        if self.recover_after is not None and len(self.requests) > self.recover_after:
            return "ok"
        return str(body["model"]) if body["model"] in _MODES else self.mode


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def faults(self) -> FaultServer:
        return self.server.faults  # type: ignore[attr-defined, no-any-return]  # set by FaultServer

    def do_GET(self) -> None:
        """List the models, unless the mode is one that answers everything in its own way."""
        with suppress(ConnectionError):
            everywhere = {"unauthorized", "server-error", "overloaded", "hang", "html"}
            mode = self.faults.mode if self.faults.mode in everywhere else "models"
            _MODES[mode](self)

    def do_POST(self) -> None:
        """Answer a chat completion."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        mode = self.faults.take(body, self.headers.get("authorization", ""))
        try:
            _MODES[mode](self)
        except ConnectionError:
            self.faults.client_left.set()

    def plain(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")  # a kept one would keep its thread
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def refuse(self, status: int, *, code: str | None = None, message: str = "no", **headers: str) -> None:
        """Answer with OpenAI's error object; its message, as some servers' do, repeats the key."""
        message = f"{message} ({self.headers.get('authorization')})"
        self.plain(status, json.dumps({"error": {"message": message, "type": "error", "code": code}}), **headers)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("connection", "close")
        self.end_headers()

    def event(self, data: str) -> None:
        block = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))

    def chunk(self, finish: str | None = None, **delta: str) -> None:
        self.event(json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))

    def say(self, text: str) -> None:
        for word in text.split(" "):
            self.chunk(content=f"{word} ")

    def some(self) -> None:
        """Begin an answer that will not be whole."""
        self.begin()
        self.say("FINDINGS: The heart")

    def usage(self) -> None:
        self.event(json.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}))

    def end(self) -> None:
        self.event("[DONE]")
        self.close_body()

    def close_body(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def hang(self) -> None:
        """Stay silent until the client leaves or the server stops."""
        while not self.faults.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError

    def reset(self) -> None:
        """Close with RST, as a killed server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *_arguments: object) -> None:
        """Keep the tests' output quiet."""


def _answer(handler: _Handler, text: str, finish: str = "stop") -> None:
    handler.begin()
    handler.chunk(role="assistant", content="")
    handler.say(text)
    handler.chunk(finish=finish)
    handler.usage()
    handler.end()


def _finish_only(handler: _Handler, finish: str) -> None:
    handler.some()
    handler.chunk(finish=finish)
    handler.end()


def _old_server(handler: _Handler) -> None:
    if "stream_options" in handler.faults.requests[-1]:
        handler.refuse(400, message="Unrecognized request argument supplied: stream_options")
    else:
        _answer(handler, handler.faults.answer)


def _drip(handler: _Handler) -> None:
    handler.begin()
    while not handler.faults.stopping.wait(0.05):
        handler.say("and")


def _then(*steps: Callable[[_Handler], None]) -> Callable[[_Handler], None]:
    def run(handler: _Handler) -> None:
        for step in steps:
            step(handler)

    return run


_ERROR_EVENT = json.dumps({"error": {"message": "engine died", "type": "server_error"}})
_OBJECT = json.dumps({"object": "chat.completion", "choices": [{"message": {"content": REPORT}}]})
_MODELS = json.dumps({"object": "list", "data": [{"id": "ok", "object": "model"}]})

_MODES: Mapping[str, Callable[[_Handler], None]] = {
    "ok": lambda handler: _answer(handler, handler.faults.answer),
    "chatty": lambda handler: _answer(handler, CHAT),
    "unlinked": _then(_Handler.some, lambda handler: handler.chunk(finish="stop"), _Handler.hang),
    "old-server": _old_server,
    "models": lambda handler: handler.plain(200, _MODELS),
    "unauthorized": lambda handler: handler.refuse(401),
    "unknown-model": lambda handler: handler.refuse(404, code="model_not_found"),
    "redirect": lambda handler: handler.plain(307, "", location="/v1/elsewhere"),
    "rate-limited": lambda handler: handler.refuse(429),
    "rate-limited-soon": lambda handler: handler.refuse(429, retry_after="1"),
    "rate-limited-long": lambda handler: handler.refuse(429, retry_after="100"),
    "no-quota": lambda handler: handler.refuse(429, code="insufficient_quota"),
    "server-error": lambda handler: handler.refuse(500),
    "overloaded": lambda handler: handler.refuse(503),
    "error-event": _then(_Handler.begin, lambda handler: handler.event(_ERROR_EVENT), _Handler.end),
    "error-after-text": _then(_Handler.some, lambda handler: handler.event(_ERROR_EVENT), _Handler.end),
    "hang": _Handler.hang,
    "hang-in-stream": _then(_Handler.begin, _Handler.hang),
    "stall": _then(_Handler.some, _Handler.hang),
    "drip": _drip,
    "empty-stream": _then(_Handler.begin, _Handler.end),
    "empty-text": lambda handler: _answer(handler, ""),
    "reset": _then(_Handler.some, _Handler.reset),
    "dropped": _Handler.some,
    "unfinished": _then(_Handler.some, _Handler.close_body),
    "length": lambda handler: _finish_only(handler, "length"),
    "garbage": _then(_Handler.begin, lambda handler: handler.event('{"choices": [{'), _Handler.end),
    "not-a-chunk": _then(_Handler.begin, lambda handler: handler.event('["hello"]'), _Handler.end),
    "html": lambda handler: handler.plain(200, "<html>Please log in</html>", "text/html"),
    "plain-object": lambda handler: handler.plain(200, _OBJECT),
    "content-filter": lambda handler: _finish_only(handler, "content_filter"),
    "refusal": _then(_Handler.begin, lambda handler: handler.chunk(refusal="I cannot."), _Handler.end),
}
