"""What became of a claimed touch: accepted, never accepted, unknown, or to be tried later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial

import structlog
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from connector.domain.channels import Channel
from connector.domain.enrollment import Event, State
from connector.domain.touch import Result, TouchState
from connector.ports import (
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    Receipt,
    RefusedError,
    TryLaterError,
)
from connector.store.models import Contact, Enrollment, SuppressionReason, Touch
from connector.store.reads.cases import Case, load_cases
from connector.store.reads.people import lock_touches
from connector.use_cases.conversations import note_conversation
from connector.use_cases.faults import ITS_OWN_FAULT
from connector.use_cases.listed import note_answer
from connector.use_cases.stop import opt_out_person, stop_person, suppress
from connector.use_cases.timeline import put_touch, status_changed, withdraw_note
from connector.use_cases.walk import Walk
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)
_FIRST_RETRY = 2.0
_LONGEST_RETRY = 300.0
_RECONNECT_RETRY = 300.0
#: Doubling ends here: it is past the longest wait, and a float has its limits.
_MOST_DOUBLINGS = 10
#: States from which the news that the provider has the message may still come. One that counted as
#: never gone when its follow-up ended is skipped; the news proves that it went.
_NOT_KNOWN_YET = (
    TouchState.PLANNED,
    TouchState.CLAIMED,
    TouchState.UNKNOWN,
    TouchState.LISTED,
    TouchState.SKIPPED,
)
#: Whoever is in these may have a note on the timeline in the place of its activity.
_TOLD_BY_A_NOTE = (TouchState.LISTED, TouchState.SKIPPED)


Outcome = Receipt | OutsideError


def settle(world: World, outcomes: Mapping[str, Outcome]) -> None:
    """Record what became of these touches, by id, in one transaction; their enrollments go on."""
    try:
        touches = world.sessions.run(partial(_settle, world, outcomes=outcomes))
    except ITS_OWN_FAULT:
        _log.exception("settle.failed", touches=list(outcomes))
        if len(outcomes) > 1:
            for touch_id, outcome in outcomes.items():
                settle(world, {touch_id: outcome})
        return
    for touch in touches:
        outcome = outcomes[touch.id]
        error_code = outcome.loggable["error_code"] if isinstance(outcome, OutsideError) else ""
        said = {"channel": touch.channel, "state": touch.state, "error_code": error_code}
        _log.info("touch.settled", **touch.ids, **said)


def _settle(world: World, session: Session, outcomes: Mapping[str, Outcome]) -> list[Touch]:
    touches = lock_touches(session, list(outcomes))
    cases = load_cases(session, [touch.enrollment_id for touch in touches])
    by_enrollment = {case.enrollment.id: case for case in cases}
    for touch in touches:
        _settle_one(world, session, touch, by_enrollment[touch.enrollment_id], outcomes[touch.id])
    return touches


def _settle_one(world: World, session: Session, touch: Touch, case: Case, outcome: Outcome) -> None:
    if isinstance(outcome, Receipt):
        accept(world, session, touch, outcome.provider, outcome.provider_id, outcome.from_address, case)
    elif touch.state is not TouchState.CLAIMED:
        return
    elif isinstance(outcome, RefusedError):
        refuse(world, session, touch, outcome)
    elif isinstance(outcome, OutcomeUnknownError):
        lose_track(world, session, touch, outcome.sentence)
    else:
        _try_later(world, session, touch, case.enrollment, outcome)


def accept(
    world: World,
    session: Session,
    touch: Touch,
    provider: str,
    provider_id: str,
    from_address: str,
    case: Case | None = None,
) -> None:
    """The provider has it. The first to learn it (answer, callback, look-up) records it; others only add.

    `case` is the touch's enrollment, where it is at hand.
    """
    now = world.outside.clock.now()
    if from_address and not touch.from_address:
        touch.from_address = from_address
        note_conversation(session, touch, now)
    touch.provider = touch.provider or provider
    touch.provider_id = touch.provider_id or provider_id
    if touch.state not in _NOT_KNOWN_YET:
        return
    was = touch.state
    touch.state, touch.lease_until, touch.trouble = TouchState.ACCEPTED, None, ""
    touch.lookups = 0
    touch.sent_at = touch.sent_at or now
    touch.result = touch.result or (None if touch.channel is Channel.CALL else Result.SENT)
    # A call's is not known yet. All the same columns make one statement of a round's changes.
    flag_modified(touch, "result")
    contact = session.get_one(Contact, touch.contact_id)
    if touch.channel is not Channel.CALL:
        put_touch(session, contact, touch, now)
    if was in _TOLD_BY_A_NOTE:
        withdraw_note(session, touch)
    if was is TouchState.LISTED:
        note_answer(session, touch, went=True, by=provider, now=now)
    else:
        go_on_after(world, session, touch, case)


def go_on_after(world: World, session: Session, touch: Touch, case: Case | None = None) -> None:
    """Point the enrollment at the step after this touch's, when it still stands at it."""
    now = world.outside.clock.now()
    if case is None:
        (case,) = load_cases(session, [touch.enrollment_id])
    enrollment = case.enrollment
    if enrollment.state is State.ENDED or enrollment.step_id != touch.step_id:
        status_changed(session, case.contact)
        return
    walk = Walk(world, session, case, now)
    walk.go_on(walk.plan.step(touch.step_id), touch.sent_at)
    _freeze_if_paused(enrollment, now)


def _freeze_if_paused(enrollment: Enrollment, now: dt.datetime) -> None:
    if enrollment.state is State.PAUSED and enrollment.next_touch_at is not None:
        enrollment.paused_seconds = max(0.0, (enrollment.next_touch_at - now).total_seconds())
        enrollment.next_touch_at = None


def refuse(world: World, session: Session, touch: Touch, error: RefusedError) -> None:
    """The provider will not have it: said on the timeline; the address may be barred by it."""
    now = world.outside.clock.now()
    touch.state, touch.lease_until = TouchState.REFUSED, None
    touch.trouble, touch.ended_at = error.sentence, now
    contact = session.get_one(Contact, touch.contact_id)
    put_touch(session, contact, touch, now)
    if error.fault is Fault.OPTED_OUT:
        sentence = f"Opted out: {error.sentence}"
        reason, address = SuppressionReason.OPTED_OUT, touch.to_address
        opt_out_person(session, contact, address, reason, error.sentence, sentence, now)
    elif error.fault is Fault.ADDRESS and touch.channel is Channel.EMAIL:
        suppress(
            session, contact.account_id, [touch.to_address], SuppressionReason.BOUNCED, error.sentence, now
        )
        stop_person(session, contact, Event.BOUNCED, f"Follow-up ended: {error.sentence}", now)
    go_on_after(world, session, touch)


def lose_track(world: World, session: Session, touch: Touch, sentence: str) -> None:
    """It may have gone: the provider will be asked once its own records have settled."""
    enrollment = session.get_one(Enrollment, touch.enrollment_id)
    if enrollment.state is State.ACTIVE:
        enrollment.waiting_for = f"Not known whether it went: {sentence}"
    wall = world.outside.clock.wall()
    touch.state, touch.trouble = TouchState.UNKNOWN, sentence
    touch.lease_until = wall + dt.timedelta(seconds=world.settings.lookup_after_seconds)


def _try_later(
    world: World, session: Session, touch: Touch, enrollment: Enrollment, error: OutsideError
) -> None:
    """It certainly did not go: back to planned, and the same step is due again a little later."""
    wall = world.outside.clock.wall()
    touch.state, touch.lease_until, touch.claimed_wall_at = TouchState.PLANNED, None, None
    due, touch.sent_at, touch.trouble = touch.sent_at, None, error.sentence
    enrollment.attempts += 1
    wait = min(_LONGEST_RETRY, _FIRST_RETRY * 2 ** min(enrollment.attempts - 1, _MOST_DOUBLINGS))
    if isinstance(error, TryLaterError) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    if isinstance(error, DisconnectedError):
        wait = _RECONNECT_RETRY
    if enrollment.state is State.ENDED:
        _leave_out(touch, world.outside.clock.now())
        return
    if enrollment.state is State.ACTIVE:
        enrollment.next_touch_at = due
    enrollment.retry_at = wall + dt.timedelta(seconds=wait)
    enrollment.waiting_for = error.sentence


def plan_again(world: World, session: Session, touch: Touch) -> None:
    """The provider has certainly never had it: the same touch is due again."""
    enrollment = session.get_one(Enrollment, touch.enrollment_id)
    now = world.outside.clock.now()
    touch.state, touch.lease_until, touch.trouble = TouchState.PLANNED, None, ""
    touch.sent_at, touch.claimed_wall_at = None, None
    if enrollment.state is State.ACTIVE and enrollment.step_id == touch.step_id:
        enrollment.next_touch_at, enrollment.lease_until, enrollment.waiting_for = now, None, ""
    elif enrollment.state is State.ENDED:
        _leave_out(touch, now)
    touch.lookups = 0


def _leave_out(touch: Touch, now: dt.datetime) -> None:
    touch.state, touch.ended_at = TouchState.SKIPPED, now
    touch.trouble = "It had not gone when the follow-up ended."
