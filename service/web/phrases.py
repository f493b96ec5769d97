"""The site's phrases and macros."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from service.bootstrap.services import Services
from service.domain.phrase import Phrase
from service.imaging.free_text import printable
from service.usecases.phrases import phrases_of, replace_phrases, standing_phrases
from service.web.deps import Built, Caller
from service.web.report_requests import Section

router = APIRouter(prefix="/api/v1/phrases", tags=["phrases"])


def _filled(text: str) -> str:
    """Return the text without control characters. Raises ValueError where nothing is left of it."""
    left = printable(text)
    if not left.strip():
        raise ValueError("It holds no letter: give it a text.")
    return left


class PhraseView(BaseModel, extra="forbid"):
    """A sentence or macro for one section of a report."""

    id: Annotated[str, Field(max_length=100), AfterValidator(_filled)]
    section: Section
    language: Annotated[str, Field(pattern="^[a-z]{2}$")]
    text: Annotated[str, Field(max_length=4000), AfterValidator(_filled)]


class PhrasesView(BaseModel, extra="forbid"):
    """All of them, in the site's order; the ids are the names that readers know them by."""

    items: Annotated[list[PhraseView], Field(max_length=1000)]


class StandingPhraseView(BaseModel):
    """A phrase of the operator's file, of any length."""

    id: str
    section: Section
    language: str
    text: str


class AllPhrasesView(PhrasesView):
    """Those that readers keep, and those of the operator's file."""

    site: list[StandingPhraseView] = Field(
        description="Of CXR_SITE_TEMPLATE: sentences on technique and the normal report; changed in that file only"
    )


@router.get("")
async def show(services: Built, _caller: Caller) -> AllPhrasesView:
    """Return the site's phrases."""
    return _all(services, await phrases_of(services.storage))


@router.put("")
async def replace(services: Built, caller: Caller, phrases: PhrasesView) -> AllPhrasesView:
    """Put these in place of all that readers keep. 409 when two have one id."""
    given = [Phrase(**dict(phrase)) for phrase in phrases.items]
    await replace_phrases(services.storage, services.clock, given, caller)
    return _all(services, given)


def _all(services: Services, kept: Iterable[Phrase]) -> AllPhrasesView:
    standing = standing_phrases(services.words, services.panel.experts)
    return AllPhrasesView(
        items=[PhraseView.model_validate(phrase, from_attributes=True) for phrase in kept],
        site=[StandingPhraseView.model_validate(phrase, from_attributes=True) for phrase in standing],
    )
