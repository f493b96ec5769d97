"""A network that is run for one request: what its failure means to who asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.base import ExpertBusy, ExpertError
from service.domain.errors import ServiceError, TryLater


@contextmanager
def asked() -> Iterator[None]:
    """Raise TryLater where too many films wait for a network, ServiceError where it fails."""
    try:
        yield
    except ExpertBusy as error:
        raise TryLater("The expert networks are busy; ask again shortly.", retry_after_s=error.retry_after_s) from error
    except ExpertError as error:
        raise ServiceError(
            "An expert network failed on this image; tell the operator.", code="expert-failed"
        ) from error
