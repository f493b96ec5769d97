"""Alive, and ready: each part with its state."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel

from service.web.deps import Built

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service; ``parts`` holds "ok", or in a sentence for the operator what is wrong or degraded."""

    status: str
    parts: dict[str, str] = {}


@router.get("/healthz")
async def alive() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health}})
async def ready(services: Built, response: Response) -> Health:
    """Say whether studies can be taken; a language model that fails degrades drafts and does not make it unready.

    The model is given a second to answer and asked again after ten.
    """
    states, usable = await services.readiness.parts()
    if not usable:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status="ready" if usable else "unready", parts=states)
