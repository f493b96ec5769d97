"""Who is asking, and what answers."""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.bootstrap.services import Services
from service.usecases.about import about
from service.web.deps import Built, Caller

router = APIRouter(prefix="/api/v1", tags=["system"])


class PrincipalView(BaseModel):
    """The caller."""

    id: str
    name: str
    auth: Literal["off", "keys"] = Field(description="off: this machine only, and nobody is asked who he is")


class NetworkView(BaseModel):
    """One network, exactly."""

    name: str
    version: str
    weights_sha256: str
    licence: str


class SystemView(BaseModel):
    """What this system is: whose word its findings and drafts are."""

    name: str = "cxr-scribe"
    version: str
    notice: str = Field(description="To be shown to every reader")
    experts: list[NetworkView]
    segmenter: NetworkView | None
    gate: NetworkView
    llm: str = Field(description="The site's language model: adapter and model")
    llms: list[str] = Field(description="What a draft may be asked of, by the name that a request gives")
    guard: str = Field(description="What becomes of a sentence that nothing supports: repair, mark or refuse")
    languages: list[str]

    @classmethod
    def of(cls, services: Services) -> Self:
        """Return the view of a running service."""
        settings, found = services.settings, about(services.panel, services.writer)
        return cls(
            version=version("cxr-scribe"),
            notice=found.notice,
            experts=[NetworkView.model_validate(expert, from_attributes=True) for expert in found.experts],
            segmenter=NetworkView.model_validate(found.segmenter, from_attributes=True) if found.segmenter else None,
            gate=NetworkView.model_validate(found.gate, from_attributes=True),
            llm=found.model,
            llms=list(dict.fromkeys(("narrator", settings.llm))),
            guard=settings.guard,
            languages=list(found.languages),
        )


@router.get("/me")
async def me(services: Built, caller: Caller) -> PrincipalView:
    """Say who the caller is."""
    return PrincipalView(id=caller.id, name=caller.name, auth=services.settings.auth)


@router.get("/system")
async def system(services: Built, _caller: Caller) -> SystemView:
    """Say which networks, which language model and which guard are at work. The state of each part: ``/readyz``."""
    return SystemView.of(services)
