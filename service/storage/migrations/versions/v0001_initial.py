"""The first schema: studies, reports, conversations, keys, requests, audit.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)
_STATE = sa.String(20)


def upgrade() -> None:
    """Create the tables."""
    _studies()
    _reports()
    _conversations()
    _access()
    _audit()


def _studies() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("content_key", sa.String(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("indication", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("patient_ref", sa.String()),
        sa.Column("accession", sa.String()),
        sa.Column("prior_study_id", sa.String()),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.UniqueConstraint("content_key", name="uq_study_content_key"),
    )
    op.create_index("ix_study_created_at_id", "study", ["created_at", "id"])
    op.create_index("ix_study_state_created_at_id", "study", ["state", "created_at", "id"])
    op.create_table(
        "image",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("view", sa.String()),
        sa.Column("modality", sa.String()),
        sa.Column("spacing_mm", sa.JSON()),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("gate", sa.JSON()),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_image_study_id", ondelete="CASCADE"),
        sa.UniqueConstraint("study_id", "position", name="uq_image_study_id_position"),
    )
    op.create_index("ix_image_sha256", "image", ["sha256"])


def _reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("fallback", sa.JSON()),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_report_study_id", ondelete="CASCADE"),
    )
    op.create_index("ix_report_study_id_created_at", "report", ["study_id", "created_at"])


def _conversations() -> None:
    op.create_table(
        "turn",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("written_by", sa.String()),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_turn"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_turn_study_id", ondelete="CASCADE"),
        sa.UniqueConstraint("study_id", "principal", "position", name="uq_turn_study_id_principal_position"),
    )


def _access() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("secret_sha256", name="uq_api_key_secret_sha256"),
    )
    valid = sa.text("revoked_at IS NULL")
    op.create_index(
        "uq_api_key_valid_name", "api_key", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid
    )
    op.create_table(
        "request",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("study_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name="pk_request"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_request_study_id", ondelete="CASCADE"),
    )
    op.create_index("ix_request_study_id", "request", ["study_id"])


def _audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_event"),
        sa.UniqueConstraint("id", name="uq_audit_event_id"),
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit events are append-only'; END $$",
        "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()",
    ],
}
