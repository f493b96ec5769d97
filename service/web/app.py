"""The application: lifespan, request ids, routes."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from uuid import uuid4

import structlog
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.bootstrap.services import build
from service.domain.errors import ServiceError
from service.settings import Settings
from service.web import chat, errors, health, heatmaps, images, pages, phrases, reports, studies, system
from service.web.deps import known_path
from service.web.errors import REQUEST_ID
from service.web.local import LocalOnly

_log = structlog.get_logger()


def create_app(settings: Settings) -> FastAPI:
    """Return the service; everything it needs is opened in its lifespan and closed after."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with build(settings) as services:
            app.state.services = services
            gc.freeze()  # what is loaded by now stays: the collector need not look at it again
            gc.enable()
            yield

    app = FastAPIOffline(
        redoc_url=None,
        title="cxr-scribe",
        summary="Drafts chest X-ray reports. For research; not a medical device.",
        version=version("cxr-scribe"),
        lifespan=lifespan,
        max_body_size=settings.max_upload_bytes,
    )
    errors.install(app)
    if settings.auth == "off":
        app.add_middleware(LocalOnly)
    app.add_middleware(RequestLog)
    app.add_middleware(PlainStart)
    for module in (studies, images, heatmaps, reports, chat, phrases, system, health, pages):
        app.include_router(module.router, dependencies=[Depends(known_path)])
    return app


def from_environment() -> FastAPI:
    """Return the service with the settings of the environment; for servers that take a factory."""
    return create_app(Settings())


class PlainStart:
    """Lets the server tell a wrong setting, or a second service on one folder, in one line and not as a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the lifespan (ASGI); requests pass."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed: list[Message] = []

        async def send_later(message: Message) -> None:
            if message["type"].endswith(".failed"):
                failed.append(message)  # its text is a traceback; the error itself comes after it
            else:
                await send(message)

        try:
            await self._app(scope, receive, send_later)
        except ServiceError as error:
            failed = [{**message, "message": error.detail} for message in failed]
        finally:
            for message in failed:
                await send(message)


class RequestLog:
    """Gives each request an id, binds it to every log line of the request, returns it, and logs one line at the end.

    The line holds method, route and status: never a query, a body or a file's name, which may hold patient data.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID.encode(), request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                route = getattr(scope.get("route"), "path", None) or "unmatched"
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                _log.info("request", method=scope["method"], route=route, status=status, ms=milliseconds)
