from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from service.domain.report import Addendum, Remark, ReportState, Revision, Signature
from service.domain.verification import CheckedClaim, CheckedSentence, Omission, Repair, Standing, Verification
from service.web.report_requests import LONGEST, EditRequest
from service.web.report_views import ReportView, RevisionView
from service.web.verdicts import ReportVerificationView
from tests.factories import START, report

KEPT = Remark("kept", "findings", "There is an effusion.", "I see it.")
TAKEN = Remark("accepted", "impression", "Effusion.", "")


def test_a_verification_tells_each_sentence_its_claims_and_what_supports_them() -> None:
    claim = CheckedClaim(
        13, 21, "finding", Standing.SUPPORTED, "pleural_effusion", support=("finding:pleural_effusion",)
    )
    checked = Verification(
        sentences=(CheckedSentence("findings", 0, 22, "There is an effusion.", Standing.SUPPORTED, (claim,)),),
        omissions=(Omission("edema", "uncertain"),),
        repairs=(Repair("findings", "Old.", "", "mark", ("Nobody found it.",)),),
        limits=("Nothing else.",),
    )
    told = json.loads(ReportVerificationView.of_report("report-1", checked).model_dump_json())
    assert (told["report_id"], told["policy"], told["limits"]) == ("report-1", "repair", ["Nothing else."])
    (sentence,) = told["sentences"]
    assert (sentence["span"], sentence["verdict"], sentence["section"]) == ([0, 22], "supported", "findings")
    assert sentence["claims"] == [
        {
            "span": [13, 21], "kind": "finding", "label": "pleural_effusion", "observation": None, "polarity": None,
            "side": None, "severity": None, "verdict": "supported", "support": ["finding:pleural_effusion"],
            "reason": None,
        }
    ]  # fmt: skip
    assert told["omissions"] == [{"label": "edema", "polarity": "uncertain", "verdict": "omitted"}]
    assert told["repairs"] == [
        {"section": "findings", "before": "Old.", "after": "", "by": "mark", "complaints": ["Nobody found it."]}
    ]


def test_a_signed_report_tells_who_signed_what_was_kept_and_added_since() -> None:
    signed = replace(
        report(),
        state=ReportState.ADDENDED,
        remarks=(KEPT, TAKEN),
        signature=Signature(START, "alice-id", "Alice"),
        addenda=(Addendum(START, "bob-id", "Bob", "Seen again."),),
    )
    told = json.loads(ReportView.of(signed).model_dump_json())
    assert (told["signed_by"], told["signed_at"]) == ("Alice", "2026-01-02T03:04:05Z")
    assert told["addenda"] == [{"at": "2026-01-02T03:04:05Z", "by": "Bob", "text": "Seen again."}]
    assert [kept["reason"] for kept in told["kept"]] == ["I see it."]
    assert [taken["text"] for taken in told["accepted"]] == ["Effusion."]


@pytest.mark.parametrize(
    ("state", "action"),
    [(ReportState.DRAFT, "drafted"), (ReportState.EDITED, "edited"), (ReportState.SIGNED, "signed")],
)
def test_a_version_tells_what_was_done(state: ReportState, action: str) -> None:
    told = RevisionView.of(Revision(2, START, "alice-id", "Alice", state, report().sections, (KEPT,)))
    assert (told.action, told.by, told.addendum, len(told.kept)) == (action, "Alice", None, 1)
    assert "alice-id" not in told.model_dump_json()


def test_a_correction_holds_what_was_sent_without_control_characters() -> None:
    sent = {"findings": "Clear.\x00\nLungs.", "comparison": "", "kept": [{"section": "findings", "text": "Clear."}]}
    correction = EditRequest.model_validate(sent).correction()
    assert (correction.findings, correction.comparison, correction.impression) == ("Clear.\nLungs.", "", None)
    assert correction.remarks == (Remark("kept", "findings", "Clear.", ""),)


@pytest.mark.parametrize(
    "sent",
    [
        {"findings": "x" * (LONGEST + 1)}, {"summary": "x"}, {"state": "signed"}, {"findings": 3},
        {"kept": [{"section": "title", "text": "x"}]}, {"kept": [{"section": "findings"}]},
    ],
)  # fmt: skip
def test_what_is_no_correction_is_refused(sent: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EditRequest.model_validate(sent)
