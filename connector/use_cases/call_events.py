"""How a call of ours ended."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.touch import Result, TouchState
from connector.ports import CallProgress, CallStatus
from connector.store.models import Contact, Enrollment, Touch, VerdictRow
from connector.store.reads.people import lock_touch
from connector.use_cases.hand_off import hand_off_call
from connector.use_cases.settle import accept
from connector.use_cases.timeline import put_touch, status_changed
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)

_PICKED_UP = "They picked up our call. The follow-up has stopped; it is yours now."

_RESULTS = {
    CallProgress.NO_ANSWER: Result.NO_ANSWER,
    CallProgress.BUSY: Result.BUSY,
    CallProgress.FAILED: Result.CALL_FAILED,
}


def end_call(world: World, session: Session, status: CallStatus, provider: str, at: dt.datetime) -> None:
    """Note a call's end, put it on the timeline, and wake the step that waited for it."""
    touch = lock_touch(session, status.touch_id, Channel.CALL)
    if touch is None:
        _log.warning("call.unknown_touch", touch_id=status.touch_id)
        return
    accept(world, session, touch, provider, status.provider_id, "")
    # One that a person said went is over without a result: the provider knows better.
    is_known = touch.state is TouchState.DONE and touch.result is not None
    if status.progress is CallProgress.GOING or is_known:
        return
    touch.state, touch.ended_at, touch.seconds = TouchState.DONE, at, status.seconds
    # Who took a completed call is known from the provider's question what to say.
    touch.result = _RESULTS.get(status.progress, touch.result or Result.CALL_FAILED)
    contact = session.get_one(Contact, touch.contact_id)
    put_touch(session, contact, touch, at)
    status_changed(session, contact)
    if touch.result is Result.PICKED_UP:
        hand_off_call(session, contact, touch, "picked up: call them", _PICKED_UP, at)
    enrollment = session.get_one(Enrollment, touch.enrollment_id)
    is_held_by_it = enrollment.waiting_for and enrollment.next_touch_at and enrollment.next_touch_at > at
    if enrollment.state is State.ACTIVE and is_held_by_it and _waits_for_call(session, enrollment):
        enrollment.next_touch_at = at


def _waits_for_call(session: Session, enrollment: Enrollment) -> bool:
    """Whether the enrollment's next touch is held for this very reason."""
    last = (
        select(VerdictRow.rule)
        .join(Touch, Touch.id == VerdictRow.touch_id)
        .where(Touch.enrollment_id == enrollment.id, Touch.state == TouchState.PLANNED)
        .order_by(VerdictRow.id.desc())
        .limit(1)
    )
    return session.scalar(last) == "CALL.GOING"
