"""Learn what became of touches whose outcome is not known; what cannot be learnt goes to a person."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from connector.domain.channels import Channel
from connector.domain.touch import TouchState
from connector.ports import (
    CallProgress,
    CallStatus,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    Trace,
)
from connector.store.models import Contact, Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.call_events import end_call
from connector.use_cases.facts import CALL_LASTS_AT_MOST
from connector.use_cases.settle import accept, go_on_after, lose_track, plan_again
from connector.use_cases.timeline import put_touch
from connector.use_cases.world import World

_LEASE = dt.timedelta(seconds=15)
#: Not found this often, at the distance of a whole wait: it was never accepted.
_LOOKS = 2
_CLOCKS_APART = dt.timedelta(minutes=2)
_log = structlog.get_logger(__name__)


def release_expired(world: World) -> None:
    """A claim whose job died: whether it went is not known."""
    world.sessions.run(partial(_release_expired, world))


def _release_expired(world: World, session: Session) -> None:
    wall = world.outside.clock.wall()
    query = select(Touch.id).where(Touch.state == TouchState.CLAIMED, Touch.lease_until <= wall)
    for touch_id in session.scalars(query.order_by(Touch.id)).all():
        touch = _locked(session, touch_id)
        if touch.state is TouchState.CLAIMED:
            sentence = "The process that sent it ended before the provider's answer was kept."
            lose_track(world, session, touch, sentence)


def claim_look_ups(world: World, limit: int = 50) -> list[tuple[str, int]]:
    """Touches to be looked up now, leased, and how often each has been looked up in vain."""
    return world.sessions.run(partial(_claim, world, limit=limit))


def _claim(world: World, session: Session, limit: int) -> list[tuple[str, int]]:
    wall, now = world.outside.clock.wall(), world.outside.clock.now()
    is_unknown = Touch.state == TouchState.UNKNOWN
    # A call whose end never came: the provider is asked how it stands.
    is_silent_call = (
        (Touch.state == TouchState.ACCEPTED)
        & (Touch.channel == Channel.CALL)
        & (Touch.sent_at <= now - CALL_LASTS_AT_MOST)
    )
    may_ask = or_(Touch.lease_until.is_(None), Touch.lease_until <= wall)
    query = select(Touch.id, Touch.lookups).where(is_unknown | is_silent_call, may_ask).limit(limit)
    found = session.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
    ids = [touch_id for touch_id, _ in found]
    if ids:
        session.execute(update(Touch).where(Touch.id.in_(ids)).values(lease_until=wall + _LEASE))
    return [(touch_id, looks) for touch_id, looks in found]


def look_up(world: World, touch_id: str, looks: int) -> None:
    """Ask the provider about one touch and settle it by the answer.

    `looks` is as `claim_look_ups` said: a job that was queued twice looks only once, since two
    looks in vain must be a whole wait apart.
    """
    with world.sessions.read() as session:
        touch = session.get_one(Touch, touch_id)
    with bound_contextvars(**touch.ids):
        if touch.state is TouchState.ACCEPTED:
            _ask_for_end(world, touch)
        elif touch.state is TouchState.UNKNOWN and touch.lookups == looks:
            _ask_for_fate(world, touch, looks)


def _ask_for_fate(world: World, touch: Touch, looks: int) -> None:
    """Whether a message whose answer was lost went."""
    try:
        trace = _find(world, touch)
    except RefusedError as error:
        world.sessions.run(partial(_give_up, world, touch_id=touch.id, why=error.sentence))
    except OutsideError as error:
        world.sessions.run(partial(_ask_again, world, touch_id=touch.id, error=error))
    else:
        world.sessions.run(partial(_settle, world, touch_id=touch.id, looks=looks, trace=trace))


def _find(world: World, touch: Touch) -> Trace | None:
    since = (touch.sent_at or touch.planned_at) - _CLOCKS_APART
    if touch.channel is Channel.TEXT:
        return world.outside.texts.find_text(touch.to_address, touch.body, since)
    if touch.channel is Channel.CALL:
        return world.outside.calls.find_call(touch.to_address, since)
    return world.outside.emails.find_email(touch.id, touch.to_address, since)


def _locked(session: Session, touch_id: str) -> Touch:
    touch = lock_touch(session, touch_id)
    if touch is None:
        raise LookupError(f"there is no touch {touch_id}")
    return touch


def _settle(world: World, session: Session, touch_id: str, looks: int, trace: Trace | None) -> None:
    touch = _locked(session, touch_id)
    if touch.state is not TouchState.UNKNOWN:
        return
    if trace is None or _is_anothers(session, touch, trace):
        if touch.lookups != looks:
            return
        touch.lookups += 1
        if touch.lookups >= _LOOKS:
            plan_again(world, session, touch)
        else:
            _later(world, touch)
        return
    accept(world, session, touch, trace.provider, trace.provider_id, trace.from_address)
    if trace.progress not in (None, CallProgress.GOING):
        _take_end(world, session, touch, trace)


def _is_anothers(session: Session, touch: Touch, trace: Trace) -> bool:
    """Whether what was found is known to be another touch's: the same number was reached before."""
    query = select(Touch.id).where(Touch.provider_id == trace.provider_id, Touch.id != touch.id)
    return session.scalar(query) is not None


def _take_end(world: World, session: Session, touch: Touch, trace: Trace) -> None:
    ended = CallStatus(touch.id, trace.provider_id, trace.progress or CallProgress.GOING, trace.seconds)
    end_call(world, session, ended, trace.provider, world.outside.clock.now())


def _later(world: World, touch: Touch) -> None:
    wait = max(1.0, world.settings.lookup_after_seconds)
    touch.lease_until = world.outside.clock.wall() + dt.timedelta(seconds=wait)


def _ask_again(world: World, session: Session, touch_id: str, error: OutsideError) -> None:
    touch = _locked(session, touch_id)
    _log.info("look_up.failed", reason=error.sentence, error_code=error.code)
    if isinstance(error, OutcomeUnknownError):
        touch.trouble = error.sentence
    _later(world, touch)


def _give_up(world: World, session: Session, touch_id: str, why: str) -> None:
    """It cannot be learnt: a person decides, and the sequence goes on."""
    touch = _locked(session, touch_id)
    if touch.state not in (TouchState.UNKNOWN, TouchState.ACCEPTED):
        return
    touch.state, touch.trouble, touch.lease_until = TouchState.LISTED, why, None
    contact = session.get_one(Contact, touch.contact_id)
    put_touch(session, contact, touch, world.outside.clock.now())
    go_on_after(world, session, touch)


def _ask_for_end(world: World, touch: Touch) -> None:
    try:
        trace = world.outside.calls.call_progress(touch.provider_id)
    except RefusedError as error:
        world.sessions.run(partial(_give_up, world, touch_id=touch.id, why=error.sentence))
        return
    except OutsideError as error:
        world.sessions.run(partial(_ask_again, world, touch_id=touch.id, error=error))
        return
    if trace.progress in (None, CallProgress.GOING):
        world.sessions.run(lambda session: _later(world, _locked(session, touch.id)))
    else:
        world.sessions.run(lambda session: _take_end(world, session, _locked(session, touch.id), trace))
