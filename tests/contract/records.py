"""Domain records for the storage tests: plain ones, and one with every field filled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.findings import Box, ExpertOpinion, ExpertReading, Finding, Gate, Label, Region, Score, Verdict, Zone
from service.domain.access import ApiKey, AuditEvent
from service.domain.conversation import CitedPassage, Turn
from service.domain.phrase import Phrase
from service.domain.report import DraftOptions, Fallback, Remark, Report, ReportState, Revision, Sections
from service.domain.study import Image, Study, StudyState, WindowPreset
from service.domain.verification import CheckedClaim, CheckedSentence, Omission, Repair, Standing, Verification

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

FINDING = Finding(
    label=Label.PLEURAL_EFFUSION,
    probability=0.1 + 0.2,  # a float that short decimals do not hold
    threshold=0.4,
    uncertain=True,
    experts=(ExpertOpinion("embedded", "1.0", "ab" * 32, 0.7, 0.30000000000000004),),
    region=Region(Zone.LEFT_LOWER, Box(1.5, 2.0, 300.25, 400.0)),
    doubt=(0.35, 0.30000000000000004 + 0.2),
)
BARE_FINDING = Finding(Label.NO_FINDING, 0.0, 1.0, uncertain=False, experts=())
READING = ExpertReading(
    "embedded", "1.0", "ab" * 32, {Label.MASS: Score(0.5, 0.25, 0.5, (0.4, 0.6))}, {Label.MASS: Region()}
)
CLAIM = CheckedClaim(
    0,
    6,
    "finding",
    Standing.CONTRADICTED,
    "pleural_effusion",
    "effusion",
    "present",
    "left",
    "small",
    ("a", "b"),
    "No.",
)
VERIFICATION = Verification(
    sentences=(CheckedSentence("findings", 0, 7, "Erguss.", Standing.CONTRADICTED, (CLAIM,)),),
    omissions=(Omission("edema", "uncertain"),),
    repairs=(Repair("findings", "Ödem.", "", "mark", ("Nobody found it.",)),),
    limits=("Only English is checked.",),
    policy="mark",
)
BARE_READING = ExpertReading("zoo", "2", "", {})


def image(image_id: str = "image-1", *, sha256: str = "0" * 64) -> Image:
    return Image(image_id, "film.dcm", sha256, frame=0, rows=1024, columns=900)


def full_image(image_id: str) -> Image:
    return Image(
        id=image_id,
        file_name="Röntgen 胸部 \N{SKULL AND CROSSBONES} 'quoted\".dcm",
        sha256="f" * 64,
        frame=3,
        rows=1,
        columns=2,
        view="PA",
        modality="DX",
        spacing_mm=(0.139, 0.2),
        tags={"Modality": "DX", "": "", "Körperteil": "胸"},
        windows=(WindowPreset(0.1 + 0.2, 1e-9, "SIGMOID", "LUNG 1"), WindowPreset(-1024.0, 4096.0, "LINEAR")),
        gate=Gate(Verdict.DOUBTFUL, ("It may be a lateral view.", "")),
        readings=(READING, BARE_READING),
        findings=(FINDING, BARE_FINDING),
    )


def study(number: int = 1, *, images: tuple[Image, ...] = (), minutes: float = 0, owner: str = "owner") -> Study:
    created_at = START + timedelta(minutes=minutes)
    return Study(f"study-{number}", created_at, owner, content_key=f"content-{number}", images=images)


def found(label: Label, probability: float, *, uncertain: bool = False) -> Finding:
    """A finding against a threshold of a half."""
    return Finding(label, probability, 0.5, uncertain, ())


def full_study() -> Study:
    return Study(
        id="study-full",
        created_at=START,
        owner="key:ärztin",
        content_key="content-full",
        state=StudyState.READ,
        indication="Dyspnoe; 呼吸困难?\n\tsince \N{MULTIPLICATION SIGN} days",
        language="de",
        patient_ref="",
        accession="A'1",
        prior_study_id="of-elsewhere",
        images=(full_image("z-first"), image("a-second")),
        findings=(FINDING, BARE_FINDING),
    )


def report(report_id: str = "report-1", study_id: str = "study-1", *, minutes: float = 0) -> Report:
    return Report(
        id=report_id,
        study_id=study_id,
        created_at=START + timedelta(minutes=minutes),
        sections=Sections("", "One view.", "None.", "Erguss links. 左侧胸腔积液。", "Effusion."),
        written_by="narrator",
        options=DraftOptions(llm="openai", language="de"),
        provenance={"messages": [{"role": "user", "content": 'a "b"\n'}], "timings": {"gate_s": 0.25}, "seed": None},
        fallback=Fallback("timeout", "The model took too long."),
        verification=VERIFICATION,
    )


def revised(report: Report, state: ReportState, *, findings: str | None = None) -> tuple[Report, Revision]:
    """The next version of a report, by Alice; an addendum where it comes to that state."""
    sections = report.sections if findings is None else replace(report.sections, findings=findings)
    remarks = report.remarks if findings is None else (Remark("kept", "findings", "Erguss.", "I see it."),)
    changed = replace(report, state=state, version=report.version + 1, sections=sections, remarks=remarks)
    at = START + timedelta(hours=changed.version)
    added = "Seen again: small." if state is ReportState.ADDENDED else None
    return changed, Revision(changed.version, at, "key-1", "Älice", state, sections, remarks, added)


def phrase(phrase_id: str = "lungs") -> Phrase:
    return Phrase(phrase_id, "findings", "de", "Lungen beidseits frei.\nKein Erguss.")


def turn(turn_id: str = "turn-1", text: str = "Is there an effusion?") -> Turn:
    return Turn(turn_id, position=0, role="user", text=text, created_at=START)


def answer(turn_id: str = "answer-1") -> Turn:
    passages = (CitedPassage("edema#mimics", "Ödem", "„Nothing else.“"), CitedPassage("", "", ""))
    return Turn(turn_id, 0, "assistant", "No.", START, passages=passages, verification=VERIFICATION)


def key(key_id: str = "key-1", name: str = "ward", *, minutes: float = 0) -> ApiKey:
    return ApiKey(key_id, name, secret_sha256=f"hash-of-{key_id}", created_at=START + timedelta(minutes=minutes))


def event(event_id: str = "event-1", subject: str = "study-1") -> AuditEvent:
    return AuditEvent(event_id, START, "owner", "study.created", subject, {"images": "2", "language": "de"})
