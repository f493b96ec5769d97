"""The JSON of a verification: each sentence of a text, its claims, and what supports them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from service.domain.verification import CheckedClaim, CheckedSentence, Verification


class ClaimView(BaseModel):
    """One claim of a sentence; ``span`` is (start, end) within the section's text."""

    span: tuple[int, int]
    kind: str = Field(description='"finding", or what else a sentence may have invented: "prior", "measurement", ...')
    label: str | None
    observation: str | None
    polarity: str | None
    side: str | None
    severity: str | None
    verdict: str
    support: list[str] = Field(description='"finding:edema", "prior:edema", "indication", "question", "passage:..."')
    reason: str | None

    @classmethod
    def of(cls, claim: CheckedClaim) -> Self:
        """Return the view of a claim."""
        return cls(
            span=(claim.start, claim.end),
            kind=claim.kind,
            label=claim.label,
            observation=claim.observation,
            polarity=claim.polarity,
            side=claim.side,
            severity=claim.severity,
            verdict=claim.verdict.value,
            support=list(claim.support),
            reason=claim.reason,
        )


class SentenceView(BaseModel):
    """One sentence with its verdict; ``span`` is (start, end) within the section's text, in Unicode code points."""

    section: str
    span: tuple[int, int]
    text: str
    verdict: str = Field(description="supported, unsupported or contradicted")
    claims: list[ClaimView]

    @classmethod
    def of(cls, sentence: CheckedSentence) -> Self:
        """Return the view of a sentence."""
        return cls(
            section=sentence.section,
            span=(sentence.start, sentence.end),
            text=sentence.text,
            verdict=sentence.verdict.value,
            claims=[ClaimView.of(claim) for claim in sentence.claims],
        )


class OmissionView(BaseModel):
    """A finding, present or in doubt, of which the text says nothing."""

    label: str
    polarity: str
    verdict: str = "omitted"


class RepairView(BaseModel):
    """A sentence that was changed before anyone saw it."""

    section: str
    before: str
    after: str
    by: str
    complaints: list[str]


class VerificationView(BaseModel):
    """How a text stands to what was found and said."""

    policy: str = Field(description="What is done with a sentence that nothing supports: repair, mark or refuse")
    limits: list[str] = Field(description="What could not be checked")
    sentences: list[SentenceView]
    omissions: list[OmissionView]
    repairs: list[RepairView]

    @classmethod
    def of(cls, verification: Verification) -> Self:
        """Return the view of a verification."""
        return cls(
            policy=verification.policy,
            limits=list(verification.limits),
            sentences=[SentenceView.of(sentence) for sentence in verification.sentences],
            omissions=[
                OmissionView.model_validate(omission, from_attributes=True) for omission in verification.omissions
            ],
            repairs=[RepairView.model_validate(repair, from_attributes=True) for repair in verification.repairs],
        )


class ReportVerificationView(VerificationView):
    """The verification of a report's present sections."""

    report_id: str

    @classmethod
    def of_report(cls, report_id: str, verification: Verification) -> Self:
        """Return the view of a report's verification."""
        return cls(report_id=report_id, **dict(VerificationView.of(verification)))
