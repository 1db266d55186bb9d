"""Calls that come in, and the numbers of owners"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table('inbound_call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('provider_id', sa.String(), nullable=False),
    sa.Column('from_address', sa.String(), nullable=False),
    sa.Column('to_address', sa.String(), nullable=False),
    sa.Column('is_known', sa.Boolean(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rung_number', sa.String(), nullable=False),
    sa.Column('rung_name', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('ringing', 'taken', 'missed', name='state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('look_up_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_inbound_call_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_call')),
    sa.UniqueConstraint('provider', 'provider_id', name=op.f('uq_inbound_call_provider_provider_id'))
    )
    with op.batch_alter_table('inbound_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inbound_call_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_inbound_call_ringing', ['look_up_at'], unique=False, sqlite_where=sa.text("state = 'ringing'"), postgresql_where=sa.text("state = 'ringing'"))

    with op.batch_alter_table('owner', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phone', sa.String(), server_default='', nullable=False))



def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table('owner', schema=None) as batch_op:
        batch_op.drop_column('phone')

    with op.batch_alter_table('inbound_call', schema=None) as batch_op:
        batch_op.drop_index('ix_inbound_call_ringing', sqlite_where=sa.text("state = 'ringing'"), postgresql_where=sa.text("state = 'ringing'"))
        batch_op.drop_index(batch_op.f('ix_inbound_call_account_id'))

    op.drop_table('inbound_call')
