"""The list for a person: touches of which nobody could say whether they went, and what was said then."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from connector.domain.touch import TouchState
from connector.store.models import Contact, ListedTouch, Touch
from connector.use_cases.timeline import put_touch, status_changed


def put_on_list(session: Session, touch: Touch, why: str, now: dt.datetime) -> None:
    """It cannot be learnt whether it went: a person is asked, and a note on the timeline says so."""
    touch.state, touch.trouble = TouchState.LISTED, why
    entry = session.get(ListedTouch, touch.id)
    if entry is None:
        entry = ListedTouch(touch_id=touch.id, account_id=touch.account_id)
        session.add(entry)
    entry.listed_at, entry.why = now, why
    entry.went, entry.answered_by, entry.answered_at = None, "", None
    put_touch(session, session.get_one(Contact, touch.contact_id), touch, now)


def note_answer(session: Session, touch: Touch, *, went: bool, by: str, now: dt.datetime) -> None:
    """Keep who said what became of it, and when: the first answer stays."""
    session.execute(
        update(ListedTouch)
        .where(ListedTouch.touch_id == touch.id, ListedTouch.answered_at.is_(None))
        .values(went=went, answered_by=by, answered_at=now)
    )


def leave_out(session: Session, touch: Touch, why: str, now: dt.datetime) -> None:
    """It never went and is not sent late: its note says so instead."""
    touch.state, touch.lease_until = TouchState.SKIPPED, None
    touch.trouble, touch.ended_at = why, now
    contact = session.get_one(Contact, touch.contact_id)
    put_touch(session, contact, touch, now)
    status_changed(session, contact)
