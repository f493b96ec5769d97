"""The windows that an image's file offers beside its first.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column: what is there already is not decoded again, and offers none."""
    op.add_column("image", sa.Column("windows", sa.JSON()))
    op.execute("UPDATE image SET windows = '[]'")
