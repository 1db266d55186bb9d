"""Caps, and who approved them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ACTS = sa.Enum("set", "approved", "revoked", name="act", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "caps_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("act", _ACTS, nullable=False),
        sa.Column("caps", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_caps_change_account_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_caps_change_contact_id")),
        sa.ForeignKeyConstraint(["sequence_id"], ["sequence.id"], name=op.f("fk_caps_change_sequence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caps_change")),
    )
    op.create_index(op.f("ix_caps_change_account_id"), "caps_change", ["account_id"])
    op.add_column("account", sa.Column("caps", sa.JSON(), nullable=True))
    op.add_column("contact", sa.Column("caps", sa.JSON(), nullable=True))
    op.add_column("sequence", sa.Column("approved_caps", sa.JSON(), nullable=True))
    _approve_what_was_in_force()


def _approve_what_was_in_force() -> None:
    """Until now a sequence was exempt in its first hours by being published: it goes on being so."""
    versions = sa.table(
        "sequence_version",
        *(sa.column(name) for name in ("id", "account_id", "sequence_id")),
        sa.column("definition", sa.JSON()),
        sa.column("published_at", sa.DateTime(timezone=True)),
    )
    sequences = sa.table("sequence", sa.column("id"), sa.column("approved_caps", sa.JSON()))
    log = sa.table(
        "caps_change",
        *(sa.column(name) for name in ("account_id", "sequence_id", "act", "changed_by")),
        sa.column("caps", sa.JSON()),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    newest = {row.sequence_id: row for row in op.get_bind().execute(sa.select(versions).order_by(versions.c.id))}
    for row in newest.values():
        hours = dict(row.definition).get("cap_exempt_first_hours")
        if hours:
            caps = {"exempt_first_hours": hours}
            op.execute(sequences.update().where(sequences.c.id == row.sequence_id).values(approved_caps=caps))
            op.execute(
                log.insert().values(
                    account_id=row.account_id,
                    sequence_id=row.sequence_id,
                    act="approved",
                    caps=caps,
                    changed_by="the release before, by publishing it",
                    at=row.published_at,
                )
            )


def downgrade() -> None:
    """Go back."""
    op.drop_column("sequence", "approved_caps")
    op.drop_column("contact", "caps")
    op.drop_column("account", "caps")
    op.drop_index(op.f("ix_caps_change_account_id"), "caps_change")
    op.drop_table("caps_change")
