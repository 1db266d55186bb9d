"""Touches listed for a person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Touches that are listed already get their entry."""
    op.create_table(
        "listed_touch",
        sa.Column("touch_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("went", sa.Boolean(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_listed_touch_account_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_listed_touch_touch_id")),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_listed_touch")),
    )
    op.create_index("ix_listed_touch_account", "listed_touch", ["account_id", "answered_at"])
    op.execute(
        "INSERT INTO listed_touch (touch_id, account_id, listed_at, why, answered_by) "
        "SELECT id, account_id, COALESCE(sent_at, planned_at), trouble, '' FROM touch WHERE state = 'listed'"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_listed_touch_account", table_name="listed_touch")
    op.drop_table("listed_touch")
