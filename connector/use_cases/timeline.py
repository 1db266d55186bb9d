"""What goes onto the CRM's timeline: outbox rows, written in the transaction of what they tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.touch import Result, TouchState
from connector.ports import Activity, ActivityKind, Direction
from connector.store.inserts import insert_into, insert_many
from connector.store.models import (
    ActivityRow,
    Contact,
    ContactWrite,
    CrmRecord,
    EnrollmentChange,
    InboundCall,
    InboundCallState,
    OutboxState,
    Signal,
    Touch,
)
from connector.store.sessions import at_end

KIND_OF = {
    Channel.CALL: ActivityKind.CALL,
    Channel.TEXT: ActivityKind.TEXT,
    Channel.EMAIL: ActivityKind.EMAIL,
}
_CALL_RESULTS = {
    InboundCallState.RINGING: Result.SENT,
    InboundCallState.TAKEN: Result.PICKED_UP,
    InboundCallState.MISSED: Result.NO_ANSWER,
}
_NAMES = {Channel.CALL: "Call", Channel.TEXT: "Text", Channel.EMAIL: "Mail"}
_INSTANTS = ("at", "due_at")
_GATHERED = "timeline"
# Built once: to build one with as many values as a round has takes as long as to run it.
_HOMES = (
    select(CrmRecord).where(CrmRecord.contact_id.in_(bindparam("ids", expanding=True))).order_by(CrmRecord.id)
)
_BY_KEY = select(ActivityRow).where(ActivityRow.key.in_(bindparam("keys", expanding=True)))
#: Beside an activity's fields: it is to be taken off the timeline.
_WITHDRAWN = "is_withdrawn"


def pack(activity: Activity) -> dict[str, Any]:
    """An activity as JSON: instants as ISO text."""
    content = {each.name: getattr(activity, each.name) for each in fields(activity)}
    for name in _INSTANTS:
        if content[name] is not None:
            content[name] = content[name].isoformat()
    return content


def unpack(content: dict[str, Any]) -> Activity:
    """An activity from its JSON."""
    given = {name: value for name, value in content.items() if name != _WITHDRAWN}
    for name in _INSTANTS:
        if given[name] is not None:
            given[name] = dt.datetime.fromisoformat(given[name])
    given["kind"] = ActivityKind(given["kind"])
    given["direction"] = Direction(given["direction"])
    return Activity(**given)


@dataclass(frozen=True, slots=True)
class _Told:
    """An activity that this transaction has put, and what it belongs to."""

    contact: Contact
    activity: Activity
    at: dt.datetime
    touch_id: str | None
    signal_id: int | None
    change_id: int | None


@dataclass(slots=True)
class _Gathered:
    """What a transaction tells the CRM: activities by key, contacts whose properties are behind by id."""

    told: dict[str, _Told] = field(default_factory=dict)
    changed: dict[int, Contact] = field(default_factory=dict)


def _gathered(session: Session) -> _Gathered:
    at_end(session, _write)
    gathered: _Gathered = session.info.setdefault(_GATHERED, _Gathered())
    return gathered


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
    """Add an activity, or bring the one with its key up to date. A deleted record gets none.

    It is written when the transaction ends, all that it tells in few statements.
    """
    told = _Told(contact, activity, now, touch_id, signal_id, change_id)
    _gathered(session).told[activity.key] = told


def status_changed(session: Session, contact: Contact) -> None:
    """The record's properties are to be brought up to date: noted when the transaction ends."""
    _gathered(session).changed[contact.id] = contact


def _write(session: Session) -> None:
    gathered: _Gathered = session.info.pop(_GATHERED)
    contacts = {told.contact.id: told.contact for told in gathered.told.values()} | gathered.changed
    homes = homes_of(session, contacts.values())
    _write_activities(session, gathered.told, homes)
    _write_statuses(session, gathered.changed, homes)


def homes_of(session: Session, contacts: Iterable[Contact]) -> dict[int, CrmRecord]:
    """By contact, the CRM record on which things about it are written; a deleted one has none."""
    ids = [contact.id for contact in contacts if contact.deleted_at is None]
    return {record.contact_id: record for record in session.scalars(_HOMES, {"ids": ids})}


def _write_activities(session: Session, told: Mapping[str, _Told], homes: Mapping[int, CrmRecord]) -> None:
    rows = session.scalars(_BY_KEY, {"keys": list(told)}) if told else ()
    known = {row.key: row for row in rows}
    new = []
    for key, each in told.items():
        home = homes.get(each.contact.id)
        if home is None:
            continue
        content = _content(each, home)
        row = known.get(key)
        if row is None:
            new.append(_row(each, home, content))
        elif row.content != content:
            row.content = content
            row.revision += 1
    if new:
        session.flush()
        insert_many(session, insert(ActivityRow), new)


def _content(told: _Told, home: CrmRecord) -> dict[str, Any]:
    owner_id = told.activity.owner_id or told.contact.owner_id
    return pack(replace(told.activity, record_id=home.record_id, owner_id=owner_id))


def _row(told: _Told, home: CrmRecord, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_id": told.contact.account_id,
        "installation_id": home.installation_id,
        "contact_id": told.contact.id,
        "touch_id": told.touch_id,
        "signal_id": told.signal_id,
        "change_id": told.change_id,
        "key": told.activity.key,
        "kind": told.activity.kind,
        "content": content,
        "state": OutboxState.WAITING,
        "created_at": told.at,
    }


def _write_statuses(session: Session, changed: Mapping[int, Contact], homes: Mapping[int, CrmRecord]) -> None:
    """In the order of the records, so that two transactions never wait for each other in a circle."""
    rows = [
        {
            "account_id": changed[contact_id].account_id,
            "installation_id": home.installation_id,
            "contact_id": contact_id,
            "record_id": home.record_id,
            "revision": 1,
            "written_revision": 0,
            "attempts": 0,
            "trouble": "",
        }
        for contact_id, home in homes.items()
        if contact_id in changed
    ]
    if not rows:
        return
    rows.sort(key=lambda row: (row["installation_id"], row["record_id"]))
    insert = insert_into(session, ContactWrite)
    or_again = insert.on_conflict_do_update(
        index_elements=["installation_id", "record_id"],
        set_={"revision": ContactWrite.revision + 1, "contact_id": insert.excluded.contact_id},
    )
    insert_many(session, or_again, rows)


def put_touch(session: Session, contact: Contact, touch: Touch, now: dt.datetime, said: str = "") -> None:
    """The activity of a touch as it stands: its native kind, or a note when it never went.

    `said` is added to its words.
    """
    body = "\n\n".join(part for part in (_touch_body(touch), said) if part)
    activity = Activity(
        key=f"touch:{touch.id}",
        kind=KIND_OF[touch.channel],
        record_id="",
        at=touch.sent_at or touch.planned_at,
        body=body,
        subject=touch.subject or f"{_NAMES[touch.channel]} by Sixth Touch",
        result=touch.result.value if touch.result else _result_unknown(touch),
        from_address=touch.from_address,
        to_address=touch.to_address,
        seconds=touch.seconds,
    )
    if touch.state is TouchState.REFUSED:
        activity = replace(activity, kind=ActivityKind.NOTE, key=f"touch:{touch.id}:{touch.state}")
    elif touch.state in (TouchState.LISTED, TouchState.SKIPPED):
        activity = replace(activity, kind=ActivityKind.NOTE, key=_note_key(touch))
    put(session, contact, activity, now, touch_id=touch.id)


def _note_key(touch: Touch) -> str:
    return f"touch:{touch.id}:{TouchState.LISTED}"


def _result_unknown(touch: Touch) -> str:
    """What stands for a result that is not known: a call that is over has none."""
    return "" if touch.channel is Channel.CALL and touch.state is TouchState.DONE else Result.SENT.value


def withdraw_note(session: Session, touch: Touch) -> None:
    """Take the note that a touch was listed with off the timeline: its activity comes instead, or nothing.

    One that never left is dropped; any other is taken away in the CRM by the write-back.
    """
    _gathered(session).told.pop(_note_key(touch), None)
    row = session.scalars(select(ActivityRow).where(ActivityRow.key == _note_key(touch))).first()
    if row is None or is_withdrawn(row.content):
        return
    if row.state in (OutboxState.WAITING, OutboxState.REFUSED):
        session.delete(row)
        session.flush()
        return
    row.content = row.content | {_WITHDRAWN: True}
    row.revision += 1


def is_withdrawn(content: Mapping[str, Any]) -> bool:
    """Whether an activity of this content is to be taken off the timeline."""
    return bool(content.get(_WITHDRAWN))


def _touch_body(touch: Touch) -> str:
    name = _NAMES[touch.channel]
    if touch.state is TouchState.REFUSED:
        return f"{name} not sent: {touch.trouble}"
    if touch.state is TouchState.LISTED:
        return f"{name} may or may not have gone out: {touch.trouble}"
    if touch.state is TouchState.SKIPPED:
        return f"{name} did not go out: {touch.trouble}"
    if touch.channel is not Channel.CALL:
        trouble = f"\n\nNot delivered: {touch.trouble}" if touch.result is Result.NOT_DELIVERED else ""
        return touch.body + trouble
    if touch.result is Result.VOICEMAIL:
        return f"Left a voicemail: {touch.voicemail}"
    if touch.result is Result.PICKED_UP:
        return f"Answered in person. What was said: {touch.body}"
    if touch.result is None:
        return "Called. How the call ended is not known."
    return {
        Result.NO_ANSWER: "Nobody answered.",
        Result.BUSY: "The line was busy.",
    }.get(touch.result, f"The call did not go through. {touch.trouble}".strip())


def put_reply(session: Session, contact: Contact, signal: Signal, ending: str) -> None:
    """The activity of what a contact said; `ending` tells what it did to the follow-up."""
    activity = Activity(
        key=f"reply:{signal.id}",
        kind=KIND_OF[signal.channel],
        record_id="",
        at=signal.at,
        body="\n\n".join(part for part in (signal.body, signal.note, ending) if part),
        subject=signal.subject,
        direction=Direction.IN,
        from_address=signal.from_address,
        to_address=signal.to_address,
    )
    put(session, contact, activity, signal.at, signal_id=signal.id)


def put_automatic(session: Session, contact: Contact, signal: Signal, *, is_report: bool) -> None:
    """A note of what a machine answered or reported: nobody has answered, and the follow-up goes on."""
    what = "A mail server reported" if is_report else "An automatic answer came by mail"
    body = f"{what}; the follow-up goes on. “{signal.subject}”\n\n{signal.body}".strip()
    note = Activity(key=f"reply:{signal.id}", kind=ActivityKind.NOTE, record_id="", at=signal.at, body=body)
    put(session, contact, note, signal.at, signal_id=signal.id)


def put_call(session: Session, contact: Contact, signal: Signal, call: InboundCall) -> None:
    """The activity of a call that came in, as it stands: who was rung, how long they talked, what came of it."""
    activity = Activity(
        key=f"call:{signal.id}",
        kind=ActivityKind.CALL,
        record_id="",
        at=call.received_at,
        body=f"{went(call)} {signal.body}".strip(),
        subject="Call to us",
        direction=Direction.IN,
        result=_CALL_RESULTS[call.state].value,
        from_address=call.from_address,
        to_address=call.to_address,
        seconds=None if call.state is InboundCallState.RINGING else call.seconds,
    )
    put(session, contact, activity, call.ended_at or call.received_at, signal_id=signal.id)


def went(call: InboundCall) -> str:
    """How a call that came in went, in a sentence or two."""
    if not call.rung_number:
        return "They called us. There was no number to put them through to."
    whom = f"{call.rung_name} ({call.rung_number})" if call.rung_name else call.rung_number
    return {
        InboundCallState.RINGING: f"They are calling us. Ringing {whom}.",
        InboundCallState.TAKEN: f"They called us. {whom} took it; they talked for {_length(call.seconds)}.",
        InboundCallState.MISSED: f"They called us. {whom} was rung and did not take it.",
    }[call.state]


def _length(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


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
