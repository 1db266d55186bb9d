"""Texts of numbers nobody knows, and who of their senders becomes a contact"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "unknown_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("from_address", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_unknown_text_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_text")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_unknown_text_provider_id")),
    )
    with op.batch_alter_table("unknown_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unknown_text_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unknown_text_from_address"), ["from_address"], unique=False)

    op.create_table(
        "newcomer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("our_number", sa.String(), nullable=False),
        sa.Column("keyword", sa.String(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column(
            "consent",
            sa.Enum(
                "none",
                "inquiry",
                "express",
                "express_written",
                "express_written_ai_voice",
                name="consent",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("consent_evidence", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "unconfirmed",
                "welcomed",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_newcomer_account_id")),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_newcomer_installation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomer")),
    )
    with op.batch_alter_table("newcomer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_newcomer_due",
            ["retry_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('waiting', 'unconfirmed')"),
        )
        batch_op.create_index(
            "uq_newcomer_open",
            ["account_id", "number"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('waiting', 'unconfirmed')"),
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_consent_news", sa.Boolean(), server_default="0", nullable=False)
        )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_asked_by_text", sa.Boolean(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_column("is_asked_by_text")

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_column("is_consent_news")

    with op.batch_alter_table("newcomer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_newcomer_open",
            sqlite_where=sa.text("state IN ('waiting', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('waiting', 'unconfirmed')"),
        )
        batch_op.drop_index(
            "ix_newcomer_due",
            sqlite_where=sa.text("state IN ('waiting', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('waiting', 'unconfirmed')"),
        )

    op.drop_table("newcomer")
    with op.batch_alter_table("unknown_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unknown_text_from_address"))
        batch_op.drop_index(batch_op.f("ix_unknown_text_account_id"))

    op.drop_table("unknown_text")
