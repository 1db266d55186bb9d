"""Answers by mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message_id", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_touch_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_touch_message_id"))
        batch_op.drop_column("message_id")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_column("note")
        batch_op.drop_column("subject")
