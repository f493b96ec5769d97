"""Who reaches a service that asks nobody who he is (``CXR_AUTH=off``): this machine, under a name of its own."""

from __future__ import annotations

import ipaddress
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.domain.errors import Forbidden
from service.web.errors import answer, respond

_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_TEST_CLIENT = "testclient"  # what Starlette's calls itself, having no address


class LocalOnly:
    """Refuses what comes from another machine (403), or under another name (400: DNS rebinding).

    The client is the one that the server names: behind a proxy on this machine, uvicorn takes it from
    X-Forwarded-For. A client without an address came through a Unix socket, and so from this machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif not _is_local(scope):
            await answer(Request(scope), _STRANGER)(scope, receive, send)
        elif _host(scope) not in _NAMES:
            await respond(Request(scope), HTTPStatus.BAD_REQUEST, _WRONG_NAME)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


_STRANGER = Forbidden(
    "With CXR_AUTH=off this service answers its own machine only: to serve others, make a key with "
    "`cxr keys create NAME` and set CXR_AUTH=keys.",
    code="not-local",
)
_WRONG_NAME = {
    "type": "/problems/unknown-host",
    "detail": "With CXR_AUTH=off this service is called localhost or 127.0.0.1: use one of these in the address.",
}


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None or client[0] == _TEST_CLIENT:
        return True
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None  # a dual-stack socket's IPv4
    return (mapped or address).is_loopback


def _host(scope: Scope) -> str:
    """Return the name that the request is addressed to, without its port."""
    host = Headers(scope=scope).get("host", "")
    if host.startswith("["):  # an IPv6 address
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
