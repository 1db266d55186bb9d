"""Learn what became of touches whose outcome is not known; what cannot be learnt goes to a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
    OutsideError,
    RefusedError,
    TextStatus,
    Trace,
    TryLaterError,
)
from connector.store.models import Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.call_events import end_call
from connector.use_cases.facts import CALL_LASTS_AT_MOST, TEXT_TRAVELS_AT_MOST
from connector.use_cases.listed import leave_out, note_answer, put_on_list
from connector.use_cases.settle import accept, go_on_after, lose_track, plan_again
from connector.use_cases.text_events import take_text_status
from connector.use_cases.world import World

#: Not found this often, at the distance of a whole wait: it was never accepted. SendGrid's list is
#: made of its events, which come minutes late.
_LOOKS = {Channel.TEXT: 2, Channel.CALL: 2, Channel.EMAIL: 3}
#: A provider that cannot be asked for so long (wall time) holds up the sequence no longer.
_PATIENCE = dt.timedelta(minutes=30)
_CLOCKS_APART = dt.timedelta(minutes=2)
_NEVER_THERE = "The provider never had it, and the follow-up had gone on by the time it could be asked."
#: States in which it is not known whether it went.
_SOUGHT = (TouchState.UNKNOWN, TouchState.LISTED)
_ASKED_FOR = (*_SOUGHT, TouchState.ACCEPTED)
_log = structlog.get_logger(__name__)


def release_expired(world: World) -> None:
    """A claim whose job died: whether it went is not known."""
    world.sessions.run(partial(_release_expired, world))


def _release_expired(world: World, session: Session) -> None:
    wall = world.outside.clock.wall()
    is_over = or_(Touch.lease_until.is_(None), Touch.lease_until <= wall)
    query = select(Touch.id).where(Touch.state == TouchState.CLAIMED, is_over)
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
    # A person was asked because the provider could not be: it still may answer first.
    is_still_asked = (Touch.state == TouchState.LISTED) & Touch.lease_until.is_not(None)
    is_unknown = (Touch.state == TouchState.UNKNOWN) | is_still_asked
    # A call whose end never came: the provider is asked how it stands.
    is_silent_call = (
        (Touch.state == TouchState.ACCEPTED)
        & (Touch.channel == Channel.CALL)
        & (Touch.sent_at <= now - CALL_LASTS_AT_MOST)
    )
    # So is one of whose arrival nothing was heard, once: some carriers never say.
    is_silent_text = (
        (Touch.state == TouchState.ACCEPTED)
        & (Touch.channel == Channel.TEXT)
        & (Touch.sent_at <= now - TEXT_TRAVELS_AT_MOST)
        & (Touch.provider_id != "")
        & (Touch.lookups == 0)
    )
    may_ask = or_(Touch.lease_until.is_(None), Touch.lease_until <= wall)
    # Those never asked for come first: some providers are asked a few times a minute only.
    query = (
        select(Touch.id, Touch.lookups)
        .where(is_unknown | is_silent_call | is_silent_text, may_ask)
        .order_by(Touch.lookups, Touch.lease_until, Touch.id)
        .limit(limit)
    )
    found = session.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
    ids = [touch_id for touch_id, _ in found]
    if ids:
        session.execute(
            update(Touch).where(Touch.id.in_(ids)).values(lease_until=wall + world.settings.requeue_after)
        )
    return [(touch_id, looks) for touch_id, looks in found]


def look_up(world: World, touch_id: str, looks: int) -> None:
    """Ask the provider about one touch and settle it by the answer.

    `looks` is as `claim_look_ups` said: a job that was queued twice looks only once, since two
    looks in vain must be a whole wait apart.
    """
    with world.sessions.read() as session:
        touch = session.get_one(Touch, touch_id)
    with bound_contextvars(**touch.ids):
        if touch.state is TouchState.ACCEPTED and touch.channel is Channel.TEXT:
            _ask_for_arrival(world, touch)
        elif touch.state is TouchState.ACCEPTED:
            _ask_for_end(world, touch)
        elif touch.state in _SOUGHT and touch.lookups == looks:
            _ask_for_fate(world, touch, looks)


def _ask_for_fate(world: World, touch: Touch, looks: int) -> None:
    """Whether a message whose answer was lost went."""
    try:
        traces = _find(world, touch)
    except RefusedError as error:
        world.sessions.run(partial(_give_up, world, touch_id=touch.id, why=error.sentence))
    except OutsideError as error:
        world.sessions.run(partial(_ask_again, world, touch_id=touch.id, error=error))
    else:
        world.sessions.run(partial(_settle, world, touch_id=touch.id, looks=looks, traces=traces))


def _find(world: World, touch: Touch) -> Sequence[Trace]:
    since = (touch.sent_at or touch.planned_at) - _CLOCKS_APART
    if touch.channel is Channel.TEXT:
        return world.outside.texts.find_text(touch.to_address, touch.body, since)
    if touch.channel is Channel.CALL:
        return world.outside.calls.find_call(touch.to_address, since)
    found = world.outside.emails.find_email(touch.id, touch.to_address, since)
    return [found] if found else []


def _locked(session: Session, touch_id: str) -> Touch:
    touch = lock_touch(session, touch_id)
    if touch is None:
        raise LookupError(f"there is no touch {touch_id}")
    return touch


def _settle(world: World, session: Session, touch_id: str, looks: int, traces: Sequence[Trace]) -> None:
    touch = _locked(session, touch_id)
    if touch.state not in _SOUGHT:
        return
    trace = _not_anothers(session, touch, traces)
    if trace is not None:
        accept(world, session, touch, trace.provider, trace.provider_id, trace.from_address)
        if trace.progress not in (None, CallProgress.GOING):
            _take_end(world, session, touch, trace)
    elif touch.lookups == looks:
        _note_vain_look(world, session, touch)


def _not_anothers(session: Session, touch: Touch, traces: Sequence[Trace]) -> Trace | None:
    """The oldest that is not known to be another touch's: the same number was reached before."""
    ids = [trace.provider_id for trace in traces]
    query = select(Touch.provider_id).where(Touch.provider_id.in_(ids), Touch.id != touch.id)
    known = set(session.scalars(query)) if ids else set()
    return next((trace for trace in traces if trace.provider_id not in known), None)


def _note_vain_look(world: World, session: Session, touch: Touch) -> None:
    touch.lookups += 1
    if touch.lookups < _LOOKS[touch.channel]:
        _later(world, touch)
    elif touch.state is TouchState.LISTED:
        now = world.outside.clock.now()
        note_answer(session, touch, went=False, by=touch.provider or "the provider", now=now)
        leave_out(session, touch, _NEVER_THERE, now)
    else:
        plan_again(world, session, touch)


def _take_end(world: World, session: Session, touch: Touch, trace: Trace) -> None:
    ended = CallStatus(touch.id, trace.provider_id, trace.progress or CallProgress.GOING, trace.seconds)
    end_call(world, session, ended, trace.provider, world.outside.clock.now())


def _later(world: World, touch: Touch, seconds: float | None = None) -> None:
    wait = max(1.0, world.settings.lookup_after_seconds if seconds is None else seconds)
    touch.lease_until = world.outside.clock.wall() + dt.timedelta(seconds=wait)


def _ask_again(world: World, session: Session, touch_id: str, error: OutsideError) -> None:
    touch = _locked(session, touch_id)
    if touch.state not in _ASKED_FOR:
        return
    _log.info("look_up.failed", reason=error.sentence, error_code=error.code)
    since = touch.claimed_wall_at
    if touch.state is TouchState.UNKNOWN and since and world.outside.clock.wall() - since >= _PATIENCE:
        _list(world, session, touch, error.sentence)
    _later(world, touch, error.retry_after if isinstance(error, TryLaterError) else None)


def _list(world: World, session: Session, touch: Touch, why: str) -> None:
    """A person decides, and the sequence goes on."""
    put_on_list(session, touch, why, world.outside.clock.now())
    go_on_after(world, session, touch)


def _give_up(world: World, session: Session, touch_id: str, why: str) -> None:
    """It cannot be learnt, now or ever."""
    touch = _locked(session, touch_id)
    if touch.state in (TouchState.UNKNOWN, TouchState.ACCEPTED):
        _list(world, session, touch, why)
    if touch.state is TouchState.LISTED:
        touch.lease_until = None


def _ask_for_arrival(world: World, touch: Touch) -> None:
    """By now it has arrived or never will; a carrier that does not say so leaves it at sent."""
    status: TextStatus | None = None
    try:
        status = world.outside.texts.text_progress(touch.id, touch.provider_id)
    except RefusedError as error:
        _log.info("look_up.failed", reason=error.sentence, error_code=error.code)
    except OutsideError as error:
        world.sessions.run(partial(_ask_again, world, touch_id=touch.id, error=error))
        return
    world.sessions.run(partial(_note_arrival, world, touch_id=touch.id, status=status))


def _note_arrival(world: World, session: Session, touch_id: str, status: TextStatus | None) -> None:
    touch = _locked(session, touch_id)
    touch.lookups, touch.lease_until = touch.lookups + 1, None
    if status is not None:
        take_text_status(world, session, status, touch.provider, world.outside.clock.now())


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
