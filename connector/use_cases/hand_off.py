"""A person takes over: a task in the CRM, for the owner, with the whole story."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.templates import MissingVariableError, render
from connector.domain.channels import Channel
from connector.domain.sequence import Step
from connector.domain.touch import Result, TouchState
from connector.ports import Activity, ActivityKind
from connector.store.models import Account, Contact, Enrollment, InboundCall, InboundCallState, Signal, Touch
from connector.store.reads.cases import Case
from connector.store.reads.people import lock_person
from connector.use_cases.changes import replied_since
from connector.use_cases.draft import variables
from connector.use_cases.timeline import put, status_changed, went
from connector.use_cases.world import World

_NAMES = {Channel.CALL: "Call", Channel.TEXT: "Text", Channel.EMAIL: "Mail"}
_RESULTS = {
    Result.SENT: "sent",
    Result.DELIVERED: "delivered",
    Result.NOT_DELIVERED: "not delivered",
    Result.PICKED_UP: "answered in person",
    Result.VOICEMAIL: "voicemail left",
    Result.NO_ANSWER: "no answer",
    Result.BUSY: "busy",
    Result.CALL_FAILED: "did not go through",
    Result.BOUNCED: "bounced",
}
_OPTED_OUT_CALLER = "They have opted out of everything automatic; calling back is your decision."
#: Calls of which the lead heard no word.
_UNHEARD = (Result.NO_ANSWER, Result.BUSY, Result.CALL_FAILED)
_TOLD = (TouchState.ACCEPTED, TouchState.DONE, TouchState.UNKNOWN, TouchState.LISTED, TouchState.REFUSED)


def hand_off(
    session: Session,
    enrollment: Enrollment,
    contact: Contact,
    subject: str,
    why: str,
    zone: str,
    now: dt.datetime,
) -> None:
    """Give the contact to its owner: a task due now whose text is the whole story. Once an enrollment."""
    if enrollment.is_handed_off:
        return
    enrollment.is_handed_off = True
    put(
        session, contact, _task(session, enrollment, f"handoff:{enrollment.id}", subject, why, zone, now), now
    )
    status_changed(session, contact)


def _task(
    session: Session,
    enrollment: Enrollment | None,
    key: str,
    subject: str,
    why: str,
    zone: str,
    now: dt.datetime,
) -> Activity:
    story = story_of(session, enrollment, zone) if enrollment else []
    told = [f"What happened so far ({zone.replace('_', ' ')} time):", *story] if story else []
    return Activity(
        key=key,
        kind=ActivityKind.TASK,
        record_id="",
        at=now,
        due_at=now,
        subject=subject,
        body="\n".join([why, "", *told]).strip(),
    )


def hand_off_call(
    session: Session, contact: Contact, touch: Touch, what: str, why: str, now: dt.datetime
) -> None:
    """Give what a picked-up call has ended to its owner; nobody is asked to call one who opted out.

    `what` follows the contact's name in the task's subject.
    """
    zone = session.get_one(Account, touch.account_id).time_zone
    people = {person.id: person for person in lock_person(session, contact)}
    for enrollment in replied_since(session, people, touch.sent_at or touch.planned_at):
        person = people[enrollment.contact_id]
        if not person.is_opted_out:
            hand_off(session, enrollment, person, f"{person.name or 'A lead'} {what}", why, zone, now)


def hand_off_inbound_call(
    session: Session, contact: Contact, signal: Signal, call: InboundCall, now: dt.datetime
) -> None:
    """Give the follow-up that a call to us has ended to its owner; a call that nobody took, in any case."""
    zone = session.get_one(Account, contact.account_id).time_zone
    people = {person.id: person for person in lock_person(session, contact)}
    is_missed = call.state is InboundCallState.MISSED
    what = (
        "called and nobody took it: call them back" if is_missed else f"called and talked with {_whom(call)}"
    )
    is_told = False
    for enrollment in replied_since(session, people, call.received_at):
        person = people[enrollment.contact_id]
        is_told = is_told or not enrollment.is_handed_off
        subject, why = f"{person.name or 'A lead'} {what}", f"{went(call)} It is yours now."
        hand_off(session, enrollment, person, subject, why, zone, now)
    if is_missed and not is_told:
        last = select(Enrollment).where(Enrollment.contact_id == contact.id).order_by(Enrollment.id.desc())
        why = f"{went(call)} {_OPTED_OUT_CALLER if contact.is_opted_out else ''}".strip()
        subject, key = f"{contact.name or 'A lead'} {what}", f"callback:{signal.id}"
        enrollment_or_none = session.scalars(last.limit(1)).first()
        put(session, contact, _task(session, enrollment_or_none, key, subject, why, zone, now), now)


def hand_off_text(session: Session, contact: Contact, signal: Signal, now: dt.datetime) -> None:
    """Give a text that begins no follow-up to the contact's owner."""
    zone = session.get_one(Account, contact.account_id).time_zone
    subject = f"{contact.name or 'Somebody'} texted us: answer them"
    why = f"They wrote by text: “{signal.body}”."
    put(session, contact, _task(session, None, f"answer:{signal.id}", subject, why, zone, now), now)


def _whom(call: InboundCall) -> str:
    return call.rung_name or "one of us"


def hand_off_step(world: World, session: Session, case: Case, step: Step, now: dt.datetime) -> None:
    """A step of a sequence that asks a person to look at the contact."""
    known = variables(world.settings, case.contact, case.around.owner)
    try:
        subject = render(step.message.subject, known, one_line=True)
        why = render(step.message.body, known, one_line=True)
    except MissingVariableError:
        subject, why = step.name, f"The step “{step.name}” is due."
    hand_off(session, case.enrollment, case.contact, subject, why, case.account.time_zone, now)


def story_of(session: Session, enrollment: Enrollment, zone: str) -> list[str]:
    """Every touch and every answer, oldest first, a line each."""
    there = ZoneInfo(zone)
    touches = session.scalars(
        select(Touch).where(Touch.enrollment_id == enrollment.id, Touch.state.in_(_TOLD))
    )
    lines = [(touch.sent_at or touch.planned_at, _line_of(touch)) for touch in touches]
    signals = session.scalars(
        select(Signal).where(Signal.contact_id == enrollment.contact_id, Signal.at >= enrollment.enrolled_at)
    )
    lines += [(signal.at, line) for signal in signals if (line := _line_of_signal(signal))]
    lines.append((enrollment.enrolled_at, f"Enrolled ({enrollment.enrolled_by})"))
    lines.sort(key=lambda line: line[0])
    return [f"{at.astimezone(there):%a %d %b, %H:%M}  {words}" for at, words in lines]


def _who(signal: Signal) -> str:
    return "An automatic answer" if signal.kind == "auto_replied" else "They wrote"


def _line_of_signal(signal: Signal) -> str:
    if signal.kind == "called":
        return f"They called us. {signal.body}".strip()
    return f"{_who(signal)}: {signal.body}" if signal.body else ""


def _line_of(touch: Touch) -> str:
    result = _RESULTS[touch.result] if touch.result else touch.state.value
    words = touch.voicemail if touch.result is Result.VOICEMAIL else touch.body
    if touch.result in _UNHEARD:
        words = ""
    heading = f": “{touch.subject}”" if touch.subject else ""
    return f"{_NAMES[touch.channel]}, {result}{heading}. {' '.join(words.split())}".strip()
