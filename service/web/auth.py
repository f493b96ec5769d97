"""Who is behind a request: nobody in particular on loopback, or the holder of an API key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.bootstrap.services import Services
from service.domain.access import Principal
from service.domain.errors import Unauthenticated
from service.usecases.keys import principal_of

LOCAL = Principal("local", "local")
"""Every request's principal with ``CXR_AUTH=off``, which binds loopback only."""

_bearer = HTTPBearer(auto_error=False, description="A key from `cxr keys create`, when CXR_AUTH=keys")


def services(request: Request) -> Services:
    """Return what bootstrap built."""
    built: Services = request.app.state.services
    return built


async def principal(
    services: Annotated[Services, Depends(services)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who is calling. Raises Unauthenticated."""
    if services.settings.auth == "off":
        return LOCAL
    if credentials is None:
        raise Unauthenticated("This service asks for a key: send 'Authorization: Bearer <key>' (cxr keys create).")
    return await principal_of(services.storage, credentials.credentials)
