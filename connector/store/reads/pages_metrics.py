"""How much waits and what became of touches, over all accounts: for machines that watch."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.touch import TouchState
from connector.store.models import ActivityRow, InboxEvent, InboxState, OutboxState, Touch


@dataclass(frozen=True, slots=True)
class Load:
    """Rows not yet handled, and touches by state."""

    inbox_waiting: int
    outbox_waiting: int
    touches: dict[TouchState, int]


def read_load(session: Session) -> Load:
    """The load of the whole process group, in three queries."""
    inbox = select(func.count()).where(InboxEvent.state == InboxState.RECEIVED)
    outbox = select(func.count()).where(
        (ActivityRow.state.in_((OutboxState.WAITING, OutboxState.UNCONFIRMED)))
        | ((ActivityRow.state == OutboxState.WRITTEN) & (ActivityRow.written_revision < ActivityRow.revision))
    )
    by_state = session.execute(select(Touch.state, func.count()).group_by(Touch.state))
    touches = dict.fromkeys(TouchState, 0)
    touches.update((state, count) for state, count in by_state)
    return Load(session.scalar(inbox) or 0, session.scalar(outbox) or 0, touches)
