"""What the reading page needs: verification, versions and signatures, a worklist that is sorted and searched.

Revision ID: 0002
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.findings import Label
from prompts.lexicons import load

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)
_STATE = sa.String(20)
_ROUTINE = 7


def upgrade() -> None:
    """Add columns and tables, and fill them for what is there."""
    _verification()
    _versions()
    _worklist()
    _phrases()
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _verification() -> None:
    op.add_column("report", sa.Column("verification", sa.JSON()))
    op.add_column("turn", sa.Column("verification", sa.JSON()))
    op.add_column("turn", sa.Column("passages", sa.JSON()))
    op.execute("UPDATE turn SET passages = '[]'")


def _versions() -> None:
    op.add_column("report", sa.Column("remarks", sa.JSON()))
    op.execute("UPDATE report SET remarks = '[]'")
    op.create_table(
        "report_version",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("addendum", sa.String()),
        sa.PrimaryKeyConstraint("report_id", "version", name="pk_report_version"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_report_version_report_id", ondelete="CASCADE"
        ),
    )
    op.execute(
        "INSERT INTO report_version (report_id, version, at, principal, name, state, sections, remarks) "
        "SELECT id, version, created_at, written_by, written_by, state, sections, '[]' FROM report"
    )


def _worklist() -> None:
    op.add_column("study", sa.Column("priority", sa.Integer(), server_default=sa.text("7"), nullable=False))
    op.add_column("study", sa.Column("rank", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_index("ix_study_rank_created_at_id", "study", ["rank", "created_at", "id"])
    op.create_index("ix_study_priority_rank_created_at_id", "study", ["priority", "rank", "created_at", "id"])
    finding = op.create_table(
        "study_finding",
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("polarity", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "label", name="pk_study_finding"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_finding_study_id", ondelete="CASCADE"),
    )
    words = op.create_table(
        "study_words",
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", name="pk_study_words"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_words_study_id", ondelete="CASCADE"),
    )
    op.create_table(
        "study_seen",
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("study_id", "principal", name="pk_study_seen"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_seen_study_id", ondelete="CASCADE"),
    )
    _fill(finding, words)


def _phrases() -> None:
    op.create_table(
        "phrase",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_phrase"),
    )


def _fill(finding: sa.Table, words: sa.Table) -> None:
    """Fill what the worklist is kept by, as ``storage.worklist`` does for a new study."""
    connection = op.get_bind()
    names: dict[str, list[str]] = {}
    for study_id, name in connection.execute(sa.text("SELECT study_id, file_name FROM image ORDER BY position")):
        names.setdefault(study_id, []).append(name)
    studies = connection.execute(
        sa.text("SELECT id, patient_ref, accession, indication, findings FROM study")
    ).all()
    for study_id, patient_ref, accession, indication, stored in studies:
        findings = json.loads(stored) if isinstance(stored, str) else stored
        seen = {found["label"]: _polarity(found) for found in findings}
        shown = [{"study_id": study_id, "label": k, "polarity": v} for k, v in seen.items() if v != "absent"]
        if shown:
            connection.execute(finding.insert(), shown)
        text = "\n".join(filter(None, (study_id, patient_ref, accession, indication, *names.get(study_id, ()))))
        folded = unicodedata.normalize("NFC", text).casefold()
        connection.execute(words.insert(), {"study_id": study_id, "words": folded})
        priority = min((_urgency(label) for label, said in seen.items() if said == "present"), default=_ROUTINE)
        connection.execute(
            sa.text("UPDATE study SET priority = :priority, rank = :rank WHERE id = :id"),
            {"priority": priority, "rank": _ROUTINE + 1 - priority, "id": study_id},
        )


def _polarity(found: dict[str, Any]) -> str:
    if found["uncertain"]:
        return "uncertain"
    return "present" if found["probability"] >= found["threshold"] else "absent"


def _urgency(label: str) -> int:
    return min(load("en").terms[Label(label)].urgency, _ROUTINE)


_FINAL = "a signed report never changes"
_KEPT = "the versions of a report are append-only"
_SIGNED = "OLD.state IN ('signed', 'addended')"
_FIXED = ("id", "study_id", "created_at", "written_by")
_FIXED_JSON = ("sections", "options", "provenance", "fallback", "verification", "remarks")
_GOES_ON = "NEW.state = 'addended' AND NEW.version = OLD.version + 1"
# While the parent is there: a deleted study takes its reports, and a report its versions, with it.
_ALONE = "EXISTS (SELECT 1 FROM study WHERE id = OLD.study_id)"
_VERSION_ALONE = "EXISTS (SELECT 1 FROM report WHERE id = OLD.report_id)"


def _unchanged(operator: str, cast: str = "") -> str:
    plain = [f"NEW.{name} {operator} OLD.{name}" for name in _FIXED]
    return " AND ".join(plain + [f"NEW.{name}{cast} {operator} OLD.{name}{cast}" for name in _FIXED_JSON])


_TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER report_signed_no_update BEFORE UPDATE ON report WHEN {_SIGNED} "
        f"AND NOT ({_GOES_ON} AND {_unchanged('IS')}) BEGIN SELECT RAISE(ABORT, '{_FINAL}'); END",
        f"CREATE TRIGGER report_signed_no_delete BEFORE DELETE ON report WHEN {_SIGNED} AND {_ALONE} "
        f"BEGIN SELECT RAISE(ABORT, '{_FINAL}'); END",
        "CREATE TRIGGER report_version_no_update BEFORE UPDATE ON report_version "
        f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END",
        f"CREATE TRIGGER report_version_no_delete BEFORE DELETE ON report_version WHEN {_VERSION_ALONE} "
        f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION report_signed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_SIGNED} THEN "
        f"IF TG_OP = 'DELETE' THEN IF {_ALONE} THEN RAISE EXCEPTION '{_FINAL}'; END IF; "
        f"ELSIF NOT ({_GOES_ON} AND {_unchanged('IS NOT DISTINCT FROM', '::text')}) "
        f"THEN RAISE EXCEPTION '{_FINAL}'; END IF; "
        "END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER report_signed BEFORE UPDATE OR DELETE ON report "
        "FOR EACH ROW EXECUTE FUNCTION report_signed()",
        "CREATE FUNCTION report_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'DELETE' THEN RAISE EXCEPTION '{_KEPT}'; END IF; "
        f"IF {_VERSION_ALONE} THEN RAISE EXCEPTION '{_KEPT}'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER report_version_kept BEFORE UPDATE OR DELETE ON report_version "
        "FOR EACH ROW EXECUTE FUNCTION report_version_kept()",
        "CREATE TRIGGER report_version_no_truncate BEFORE TRUNCATE ON report_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION report_version_kept()",
    ],
}
