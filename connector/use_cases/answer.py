"""A person says of a listed touch whether it went, and what follows is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.touch import Result, TouchState
from connector.store.models import Contact, Touch
from connector.store.reads.cases import Case, load_cases
from connector.store.reads.people import lock_touch
from connector.use_cases.advance import ask_to_advance
from connector.use_cases.listed import leave_out, note_answer
from connector.use_cases.sequences import sequence_of
from connector.use_cases.settle import plan_again
from connector.use_cases.timeline import put_touch, status_changed, withdraw_note
from connector.use_cases.world import World


class Answer(StrEnum):
    """It went; it did not go and is to be sent now; it did not go and is left out."""

    WENT = "went"
    SEND = "send"
    LEAVE = "leave"


def answer(world: World, account_id: int, touch_id: str, by: str, said: Answer) -> bool:
    """Do what an answer asks for. False when the touch waits for none: it was answered before.

    Raises LookupError when the account has no such touch.
    """
    enrollment_id = world.sessions.run(
        partial(_answer, world, account_id=account_id, touch_id=touch_id, by=by, said=said)
    )
    if enrollment_id and said is Answer.SEND:
        ask_to_advance(world)
    return enrollment_id is not None


def sendable(world: World, touch_ids: Sequence[str]) -> frozenset[str]:
    """Which of these listed touches could still be sent: nothing has gone after them."""
    if not touch_ids:
        return frozenset()
    with world.sessions.read() as session:
        touches = session.scalars(select(Touch).where(Touch.id.in_(touch_ids))).all()
        ids = {touch.enrollment_id for touch in touches}
        cases = {case.enrollment.id: case for case in load_cases(session, sorted(ids))}
        return frozenset(touch.id for touch in touches if _may_send(cases[touch.enrollment_id], touch))


def _may_send(case: Case, touch: Touch) -> bool:
    """Whether the follow-up is live and stands right behind the touch's step, with nothing on its way.

    Later the words would come after those that refer to them.
    """
    following = sequence_of(case.version).following(touch.step_id)
    if case.enrollment.state is State.ENDED or case.enrollment.step_id != (following and following.id):
        return False
    last = case.last_touch_of(following.id) if following else None
    return last is None or last.state is TouchState.PLANNED


def _answer(
    world: World, session: Session, account_id: int, touch_id: str, by: str, said: Answer
) -> int | None:
    known = session.get(Touch, touch_id)
    if known is None or known.account_id != account_id:
        raise LookupError(f"account {account_id} has no touch {touch_id}")
    touch = lock_touch(session, touch_id)
    if touch is None or touch.state is not TouchState.LISTED:
        return None
    now = world.outside.clock.now()
    note_answer(session, touch, went=said is Answer.WENT, by=by, now=now)
    (case,) = load_cases(session, [touch.enrollment_id])
    if said is Answer.WENT:
        _count_as_gone(session, touch, case.contact, by, now)
    elif said is Answer.SEND and _may_send(case, touch):
        _step_back(world, session, touch, case)
    else:
        leave_out(session, touch, f"It did not go, says {by}.", now)
    return touch.enrollment_id


def _count_as_gone(session: Session, touch: Touch, contact: Contact, by: str, now: dt.datetime) -> None:
    """As if the provider had said so; how a call ended remains unknown."""
    is_call = touch.channel is Channel.CALL
    touch.state = TouchState.DONE if is_call else TouchState.ACCEPTED
    touch.result = touch.result or (None if is_call else Result.SENT)
    touch.lease_until, touch.trouble = None, ""
    touch.ended_at = now if is_call else None
    withdraw_note(session, touch)
    put_touch(session, contact, touch, now, said=f"That it went was said by {by}.")
    status_changed(session, contact)


def _step_back(world: World, session: Session, touch: Touch, case: Case) -> None:
    """The same touch is due again, and the follow-up goes on from it."""
    enrollment = case.enrollment
    enrollment.step_id = touch.step_id
    enrollment.attempts, enrollment.retry_at = 0, None
    if enrollment.state is State.PAUSED:
        enrollment.paused_seconds = 0.0
    plan_again(world, session, touch)
    withdraw_note(session, touch)
    status_changed(session, case.contact)
