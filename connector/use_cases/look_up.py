"""Learn what became of touches whose outcome is not known; what cannot be learnt goes to a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from sqlalchemy import or_, select
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
from connector.use_cases.due_look_ups import LookUps
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


def look_up(world: World, looks: LookUps) -> None:
    """Ask the provider about one touch, or about some mails at once, and settle them by the answer.

    `looks` are as `due_look_ups` said: a job that was queued twice looks only once, since two
    looks in vain must be a whole wait apart.
    """
    with world.sessions.read() as session:
        touches = session.scalars(select(Touch).where(Touch.id.in_(looks)).order_by(Touch.id)).all()
    mails = [touch for touch in touches if touch.channel is Channel.EMAIL and _is_sought(touch, looks)]
    if mails:
        _ask_for_fate(world, mails, looks, partial(_find_mails, world, mails))
    for touch in touches:
        if touch.channel is not Channel.EMAIL:
            with bound_contextvars(**touch.ids):
                _look_up_alone(world, touch, looks)


def _is_sought(touch: Touch, looks: LookUps) -> bool:
    return touch.state in _SOUGHT and touch.lookups == looks[touch.id]


def _look_up_alone(world: World, touch: Touch, looks: LookUps) -> None:
    if touch.state is TouchState.ACCEPTED and touch.channel is Channel.TEXT:
        _ask_for_arrival(world, touch)
    elif touch.state is TouchState.ACCEPTED:
        _ask_for_end(world, touch)
    elif _is_sought(touch, looks):
        _ask_for_fate(world, [touch], looks, partial(_find, world, touch))


def _ask_for_fate(
    world: World, touches: Sequence[Touch], looks: LookUps, find: Callable[[], Mapping[str, Sequence[Trace]]]
) -> None:
    """Whether messages whose answer was lost went. `find` gives the traces of those that are there."""
    settled: Callable[[Session, str], None]
    try:
        traces = find()
    except RefusedError as error:
        why = error.sentence
        settled = partial(_give_up, world, why=why)
    except OutsideError as error:
        settled = partial(_ask_again, world, error=error)
    else:
        settled = partial(_settle, world, looks=looks, traces=traces)
    for touch in touches:
        with bound_contextvars(**touch.ids):
            world.sessions.run(partial(settled, touch_id=touch.id))


def _find(world: World, touch: Touch) -> Mapping[str, Sequence[Trace]]:
    if touch.channel is Channel.TEXT:
        return {touch.id: world.outside.texts.find_text(touch.to_address, touch.body, _since(touch))}
    return {touch.id: world.outside.calls.find_call(touch.to_address, _since(touch))}


def _find_mails(world: World, touches: Sequence[Touch]) -> Mapping[str, Sequence[Trace]]:
    wanted = {touch.id: touch.to_address for touch in touches}
    found = world.outside.emails.find_emails(wanted, min(map(_since, touches)))
    return {touch_id: [trace] for touch_id, trace in found.items()}


def _since(touch: Touch) -> dt.datetime:
    return (touch.sent_at or touch.planned_at) - _CLOCKS_APART


def _locked(session: Session, touch_id: str) -> Touch:
    touch = lock_touch(session, touch_id)
    if touch is None:
        raise LookupError(f"there is no touch {touch_id}")
    return touch


def _settle(
    world: World, session: Session, touch_id: str, looks: LookUps, traces: Mapping[str, Sequence[Trace]]
) -> None:
    touch = _locked(session, touch_id)
    if touch.state not in _SOUGHT:
        return
    trace = _not_anothers(session, touch, traces.get(touch_id, ()))
    if trace is not None:
        accept(world, session, touch, trace.provider, trace.provider_id, trace.from_address)
        if trace.progress not in (None, CallProgress.GOING):
            _take_end(world, session, touch, trace)
    elif touch.lookups == looks[touch_id]:
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
    _log.info("look_up.failed", **error.loggable)
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
        _log.info("look_up.failed", **error.loggable)
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
