"""How an enrollment changes its state: compare-and-set, with the change's row and its telling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event, Outcome, State, next_move
from connector.store.models import Contact, Enrollment, EnrollmentChange
from connector.use_cases.timeline import put_change, status_changed


def change_state(
    session: Session,
    enrollment: Enrollment,
    contact: Contact,
    event: Event,
    sentence: str,
    now: dt.datetime,
    *,
    is_told: bool = False,
) -> EnrollmentChange | None:
    """Let `event` happen. None when it is ignored in this state or another worker was first.

    `sentence` is what the timeline says; with `is_told` another activity says it already.
    """
    was = enrollment.state
    move = next_move(was, event)
    if move is None:
        return None
    values: dict[str, object] = {"state": move.to, "outcome": move.outcome}
    is_old = [Enrollment.id == enrollment.id, Enrollment.state == was]
    if move.corrects is not None:
        is_old.append(Enrollment.outcome == move.corrects)
    elif move.to is State.ENDED:
        values |= {"ended_at": now, "next_touch_at": None, "waiting_for": "", "retry_at": None}
    changed = session.execute(
        update(Enrollment).where(*is_old).values(**values).execution_options(synchronize_session=False)
    )
    session.refresh(enrollment)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    change = add_change(session, enrollment, was, event, sentence, now)
    if not is_told:
        put_change(session, contact, change)
    status_changed(session, contact)
    return change


def add_change(
    session: Session,
    enrollment: Enrollment,
    was: State | None,
    event: Event | None,
    sentence: str,
    now: dt.datetime,
) -> EnrollmentChange:
    """The row of a change of state (`was` None: the enrollment's beginning)."""
    change = EnrollmentChange(
        account_id=enrollment.account_id,
        enrollment_id=enrollment.id,
        from_state=was,
        to_state=enrollment.state,
        event=event,
        sentence=sentence,
        at=now,
    )
    session.add(change)
    session.flush()
    return change


def replied_since(session: Session, contact_ids: Iterable[int], since: dt.datetime) -> list[Enrollment]:
    """The enrollments of these contacts that ended as replied at `since` or later."""
    query = select(Enrollment).where(
        Enrollment.contact_id.in_(contact_ids),
        Enrollment.outcome == Outcome.REPLIED,
        Enrollment.ended_at >= since,
    )
    return list(session.scalars(query.order_by(Enrollment.id)))


def live_enrollments(session: Session, contact_ids: list[int]) -> list[Enrollment]:
    """The enrollments of these contacts that have not ended, locked until the transaction ends."""
    query = (
        select(Enrollment)
        .where(Enrollment.contact_id.in_(contact_ids), Enrollment.state != State.ENDED)
        .order_by(Enrollment.id)
        .with_for_update(key_share=True)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
