"""The JSON that readers send about reports: how one is to be drafted, corrected, added to."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, Field

from service.domain.report import DraftOptions, Remark
from service.domain.study import Study
from service.imaging.free_text import printable
from service.usecases.review import Correction

Section = Literal["indication", "technique", "comparison", "findings", "impression"]
SECTIONS: tuple[Section, ...] = get_args(Section)

LONGEST = 20_000
"""Characters of a section or an addendum: more than anybody writes, so that a mistake is not stored."""

Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(printable)]


class DraftRequest(BaseModel, extra="forbid"):
    """How a new draft is to be written; every field may be left out."""

    template: str = "report"
    language: str | None = Field(default=None, description="The study's own when left out")
    style: str = Field(default="calibrated", description="calibrated, scores, grades or positives")
    audience: str = "clinician"
    llm: str | None = Field(
        default=None, description="A language model of this site by name; its default when left out"
    )

    def options(self, study: Study) -> DraftOptions:
        """Return the options of the job."""
        return DraftOptions(self.template, self.language or study.language, self.style, self.audience, self.llm)


class RemarkRequest(BaseModel, extra="forbid"):
    """What was decided about one sentence, word for word as it stands in its section."""

    section: Section
    text: Text
    reason: Annotated[str, Field(max_length=1000), AfterValidator(printable)] = ""


class EditRequest(BaseModel, extra="forbid"):
    """The sections that were written anew; what is left out stays as it is."""

    indication: Text | None = None
    technique: Text | None = None
    comparison: Text | None = None
    findings: Text | None = None
    impression: Text | None = None
    accepted: list[RemarkRequest] = Field(default=[], max_length=200, description="Suggestions that were taken")
    kept: list[RemarkRequest] = Field(
        default=[], max_length=200, description="Sentences that the reader keeps as his own against a doubt"
    )

    def correction(self) -> Correction:
        """Return it for the use case."""
        accepted = (Remark("accepted", **dict(remark)) for remark in self.accepted)
        kept = (Remark("kept", **dict(remark)) for remark in self.kept)
        return Correction(**{name: getattr(self, name) for name in SECTIONS}, remarks=(*accepted, *kept))


class AddendumRequest(BaseModel, extra="forbid"):
    """What is to be added to a signed report."""

    text: Text
