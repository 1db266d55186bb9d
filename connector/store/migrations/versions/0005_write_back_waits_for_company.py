"""Write-back waits for company"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("installation") as batch_op:
        batch_op.add_column(sa.Column("write_waits_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("installation") as batch_op:
        batch_op.drop_column("write_waits_until")
