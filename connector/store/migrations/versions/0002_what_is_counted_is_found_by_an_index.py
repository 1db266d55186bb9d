"""What is counted is found by an index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BEHIND = sa.text("written_revision < revision")
_WAS_SENT = sa.text("sent_at IS NOT NULL")


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_activity_behind", "activity", ["installation_id", "id"], sqlite_where=_BEHIND, postgresql_where=_BEHIND
    )
    op.create_index(
        "ix_contact_write_behind", "contact_write", ["installation_id"], sqlite_where=_BEHIND, postgresql_where=_BEHIND
    )
    op.create_index("ix_inbox_event_received", "inbox_event", ["provider", "received_at"])
    op.create_index("ix_touch_sent", "touch", ["sent_at"], sqlite_where=_WAS_SENT, postgresql_where=_WAS_SENT)
    op.create_index("ix_verdict_at", "verdict", ["at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_verdict_at", "verdict")
    op.drop_index("ix_touch_sent", "touch")
    op.drop_index("ix_inbox_event_received", "inbox_event")
    op.drop_index("ix_contact_write_behind", "contact_write")
    op.drop_index("ix_activity_behind", "activity")
