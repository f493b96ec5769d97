"""What routes ask for by type."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.bootstrap.services import Services
from service.domain.access import Principal
from service.domain.errors import Unknown
from service.usecases.review import Review
from service.web.auth import principal, services


def known_path(request: Request) -> None:
    """Raise Unknown for an address with a character that no id has, and that PostgreSQL does not even look for."""
    if any("\0" in str(part) for part in request.path_params.values()):
        raise Unknown("There is nothing of this id.")


Built = Annotated[Services, Depends(services)]
Caller = Annotated[Principal, Depends(principal)]


def review_of(services: Services) -> Review:
    """Return what changes reports."""
    return Review(services.storage, services.clock, services.verifier)
