"""What goes onto the CRM's timeline: outbox rows, written in the transaction of what they tell."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.touch import Result, TouchState
from connector.ports import Activity, ActivityKind, Direction
from connector.store.inserts import insert_into
from connector.store.models import (
    ActivityRow,
    Contact,
    ContactWrite,
    CrmRecord,
    Enrollment,
    EnrollmentChange,
    OutboxState,
    Signal,
    Touch,
)

KIND_OF = {
    Channel.CALL: ActivityKind.CALL,
    Channel.TEXT: ActivityKind.TEXT,
    Channel.EMAIL: ActivityKind.EMAIL,
}
_NAMES = {Channel.CALL: "Call", Channel.TEXT: "Text", Channel.EMAIL: "Mail"}
_INSTANTS = ("at", "due_at")


def pack(activity: Activity) -> dict[str, Any]:
    """An activity as JSON: instants as ISO text."""
    content = asdict(activity)
    for name in _INSTANTS:
        if content[name] is not None:
            content[name] = content[name].isoformat()
    return content


def unpack(content: dict[str, Any]) -> Activity:
    """An activity from its JSON."""
    fields = dict(content)
    for name in _INSTANTS:
        if fields[name] is not None:
            fields[name] = dt.datetime.fromisoformat(fields[name])
    fields["kind"] = ActivityKind(fields["kind"])
    fields["direction"] = Direction(fields["direction"])
    return Activity(**fields)


def home_of(session: Session, contact: Contact) -> CrmRecord | None:
    """The CRM record on which things about this contact are written, None when it has none."""
    if contact.deleted_at is not None:
        return None
    query = select(CrmRecord).where(CrmRecord.contact_id == contact.id).order_by(CrmRecord.id.desc())
    return session.scalars(query.limit(1)).first()


def put(
    session: Session,
    contact: Contact,
    activity: Activity,
    now: dt.datetime,
    *,
    touch_id: str | None = None,
    signal_id: int | None = None,
    change_id: int | None = None,
) -> None:
    """Add an activity, or bring the one with its key up to date. A deleted record gets none."""
    home = home_of(session, contact)
    if home is None:
        return
    activity = replace(activity, record_id=home.record_id, owner_id=activity.owner_id or contact.owner_id)
    row = session.scalars(select(ActivityRow).where(ActivityRow.key == activity.key)).first()
    if row is not None:
        if row.content != pack(activity):
            row.content = pack(activity)
            row.revision += 1
        return
    session.add(
        ActivityRow(
            account_id=contact.account_id,
            installation_id=home.installation_id,
            contact_id=contact.id,
            touch_id=touch_id,
            signal_id=signal_id,
            change_id=change_id,
            key=activity.key,
            kind=activity.kind,
            content=pack(activity),
            state=OutboxState.WAITING,
            created_at=now,
        )
    )
    session.flush()


def put_touch(session: Session, contact: Contact, touch: Touch, now: dt.datetime) -> None:
    """The activity of a touch as it stands: its native kind, or a note when it never went."""
    body = _touch_body(touch)
    activity = Activity(
        key=f"touch:{touch.id}",
        kind=KIND_OF[touch.channel],
        record_id="",
        at=touch.sent_at or touch.planned_at,
        body=body,
        subject=touch.subject or f"{_NAMES[touch.channel]} by Sixth Touch",
        result=touch.result.value if touch.result else Result.SENT.value,
        from_address=touch.from_address,
        to_address=touch.to_address,
        seconds=touch.seconds,
    )
    if touch.state in (TouchState.REFUSED, TouchState.LISTED):
        activity = replace(activity, kind=ActivityKind.NOTE, key=f"touch:{touch.id}:{touch.state}")
    put(session, contact, activity, now, touch_id=touch.id)


def _touch_body(touch: Touch) -> str:
    name = _NAMES[touch.channel]
    if touch.state is TouchState.REFUSED:
        return f"{name} not sent: {touch.trouble}"
    if touch.state is TouchState.LISTED:
        return f"{name} may or may not have gone out: {touch.trouble}"
    if touch.channel is not Channel.CALL:
        trouble = f"\n\nNot delivered: {touch.trouble}" if touch.result is Result.NOT_DELIVERED else ""
        return touch.body + trouble
    if touch.result is Result.VOICEMAIL:
        return f"Left a voicemail: {touch.voicemail}"
    if touch.result is Result.PICKED_UP:
        return f"Answered in person. What was said: {touch.body}"
    return {
        Result.NO_ANSWER: "Nobody answered.",
        Result.BUSY: "The line was busy.",
    }.get(touch.result or Result.CALL_FAILED, f"The call did not go through. {touch.trouble}".strip())


def put_reply(session: Session, contact: Contact, signal: Signal, ending: str) -> None:
    """The activity of what a contact said; `ending` tells what it did to the follow-up."""
    activity = Activity(
        key=f"reply:{signal.id}",
        kind=KIND_OF[signal.channel],
        record_id="",
        at=signal.at,
        body=f"{signal.body}\n\n{ending}".strip(),
        direction=Direction.IN,
        from_address=signal.from_address,
        to_address=signal.to_address,
    )
    put(session, contact, activity, signal.at, signal_id=signal.id)


def put_change(session: Session, contact: Contact, change: EnrollmentChange) -> None:
    """A note of its own for a change of status that no other activity tells."""
    note = Activity(
        key=f"change:{change.id}", kind=ActivityKind.NOTE, record_id="", at=change.at, body=change.sentence
    )
    put(session, contact, note, change.at, change_id=change.id)


def put_opt_out(session: Session, contact: Contact, sentence: str, now: dt.datetime) -> None:
    """A note of an opt-out that no activity tells: there is no follow-up any more that it ends."""
    note = Activity(key=f"optout:{contact.id}", kind=ActivityKind.NOTE, record_id="", at=now, body=sentence)
    put(session, contact, note, now)


def status_changed(session: Session, contact: Contact, enrollment: Enrollment | None = None) -> None:
    """The record's properties are to be brought up to date."""
    home = home_of(session, contact)
    if home is None:
        return
    values = {
        "account_id": contact.account_id,
        "installation_id": home.installation_id,
        "contact_id": contact.id,
        "record_id": home.record_id,
        "revision": 1,
        "written_revision": 0,
        "attempts": 0,
        "trouble": "",
    }
    session.execute(
        insert_into(session, ContactWrite)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["installation_id", "record_id"],
            set_={"revision": ContactWrite.revision + 1, "contact_id": contact.id},
        )
    )
