"""What routes ask for by type."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from service.bootstrap.services import Services
from service.domain.access import Principal
from service.usecases.review import Review
from service.web.auth import principal, services

Built = Annotated[Services, Depends(services)]
Caller = Annotated[Principal, Depends(principal)]


def review_of(services: Services) -> Review:
    """Return what changes reports."""
    return Review(services.storage, services.clock, services.verifier)
