"""The site's phrases and macros."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from service.domain.phrase import Phrase
from service.imaging.free_text import printable
from service.usecases.phrases import phrases_of, replace_phrases
from service.web.deps import Built, Caller
from service.web.report_requests import Section

router = APIRouter(prefix="/api/v1/phrases", tags=["phrases"])


class PhraseView(BaseModel, extra="forbid"):
    """A sentence or macro for one section of a report."""

    id: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
    section: Section
    language: Annotated[str, Field(pattern="^[a-z]{2}$")]
    text: Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(printable)]


class PhrasesView(BaseModel, extra="forbid"):
    """All of them, in the site's order; the ids are the names that readers know them by."""

    items: Annotated[list[PhraseView], Field(max_length=1000)]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> Self:
        """Return the view of the site's phrases."""
        return cls(items=[PhraseView.model_validate(phrase, from_attributes=True) for phrase in phrases])


@router.get("")
async def show(services: Built, _caller: Caller) -> PhrasesView:
    """Return the site's phrases."""
    return PhrasesView.of(await phrases_of(services.storage))


@router.put("")
async def replace(services: Built, caller: Caller, phrases: PhrasesView) -> PhrasesView:
    """Put these in place of all there were. 409 when two have one id."""
    given = [Phrase(**dict(phrase)) for phrase in phrases.items]
    await replace_phrases(services.storage, services.clock, given, caller)
    return phrases
