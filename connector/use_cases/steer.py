"""A person of the team steers an enrollment: pause, resume, stop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event, State
from connector.store.models import Contact, Enrollment
from connector.store.reads.people import LOCK, lock_person
from connector.use_cases.changes import change_state
from connector.use_cases.world import World

Act = Callable[[Session, Enrollment, Contact, str, dt.datetime], bool]


def pause(world: World, account_id: int, enrollment_id: int, by: str) -> bool:
    """Freeze what is left of the delay. False when there is nothing to pause."""
    return _steer(world, account_id, enrollment_id, by, _pause)


def resume(world: World, account_id: int, enrollment_id: int, by: str) -> bool:
    """Continue with what was left of the delay. False when it is not paused."""
    return _steer(world, account_id, enrollment_id, by, _resume)


def remove(world: World, account_id: int, enrollment_id: int, by: str) -> bool:
    """End the enrollment. False when it had ended."""
    return _steer(world, account_id, enrollment_id, by, _remove)


def _steer(world: World, account_id: int, enrollment_id: int, by: str, act: Act) -> bool:
    work = partial(
        _locked,
        account_id=account_id,
        enrollment_id=enrollment_id,
        by=by,
        act=act,
        now=world.outside.clock.now(),
    )
    return world.sessions.run(work)


def _locked(
    session: Session, account_id: int, enrollment_id: int, by: str, act: Act, now: dt.datetime
) -> bool:
    """Do `act` under the locks that a claim takes, in the same order. Another account's id: False."""
    query = select(Contact).join(Enrollment, Enrollment.contact_id == Contact.id)
    contact = session.scalars(
        query.where(Enrollment.id == enrollment_id, Enrollment.account_id == account_id)
    ).first()
    if contact is None:
        return False
    lock_person(session, contact)
    enrollment = session.get_one(Enrollment, enrollment_id, with_for_update=LOCK, populate_existing=True)
    return act(session, enrollment, contact, by, now)


def _pause(session: Session, enrollment: Enrollment, contact: Contact, by: str, now: dt.datetime) -> bool:
    due = enrollment.next_touch_at
    sentence = f"Follow-up paused by {by}."
    if enrollment.state is not State.ACTIVE:
        return False
    if change_state(session, enrollment, contact, Event.PAUSED, sentence, now) is None:
        return False
    enrollment.paused_seconds = None if due is None else max(0.0, (due - now).total_seconds())
    enrollment.next_touch_at, enrollment.waiting_for = None, sentence
    return True


def _resume(session: Session, enrollment: Enrollment, contact: Contact, by: str, now: dt.datetime) -> bool:
    if enrollment.state is not State.PAUSED:
        return False
    left = dt.timedelta(seconds=enrollment.paused_seconds or 0.0)
    if change_state(session, enrollment, contact, Event.RESUMED, f"Follow-up resumed by {by}.", now) is None:
        return False
    enrollment.next_touch_at, enrollment.paused_seconds, enrollment.waiting_for = now + left, None, ""
    return True


def _remove(session: Session, enrollment: Enrollment, contact: Contact, by: str, now: dt.datetime) -> bool:
    if enrollment.state is State.ENDED:
        return False
    sentence = f"Follow-up stopped by {by}."
    return change_state(session, enrollment, contact, Event.REMOVED, sentence, now) is not None
