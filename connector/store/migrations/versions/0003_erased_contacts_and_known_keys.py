"""Erased contacts leave keyed hashes; API keys are known by their beginning"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REASONS = ("opted_out", "unsubscribed", "bounced", "complained", "wrong_number")


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("sealed_hash_key", sa.String(), server_default="", nullable=False))
    with op.batch_alter_table("api_key") as batch_op:
        batch_op.add_column(sa.Column("prefix", sa.String(), server_default="", nullable=False))
    with op.batch_alter_table("contact") as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("suppression") as batch_op:
        batch_op.add_column(sa.Column("is_hashed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_constraint(op.f("ck_suppression_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_suppression_reason"), _one_of(*_REASONS, "erased"))


def downgrade() -> None:
    """Go down. What is kept of erased contacts is lost."""
    op.execute("DELETE FROM suppression WHERE is_hashed OR reason = 'erased'")
    with op.batch_alter_table("suppression") as batch_op:
        batch_op.drop_constraint(op.f("ck_suppression_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_suppression_reason"), _one_of(*_REASONS))
        batch_op.drop_column("is_hashed")
    with op.batch_alter_table("contact") as batch_op:
        batch_op.drop_column("erased_at")
    with op.batch_alter_table("api_key") as batch_op:
        batch_op.drop_column("prefix")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_column("sealed_hash_key")


def _one_of(*values: str) -> sa.ColumnElement[bool]:
    return sa.column("reason").in_(values)
