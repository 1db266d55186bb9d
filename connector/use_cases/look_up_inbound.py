"""Calls that came in and of whose end nothing was heard: the provider is asked what became of them."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from connector.ports import CallStatus, OutsideError, ReceivedCall, RefusedError
from connector.store.models import InboundCall, InboundCallState
from connector.use_cases.inbound_calls import settle_call
from connector.use_cases.world import World

_LEASE = dt.timedelta(seconds=15)
_LONGEST_WAIT = 300
_log = structlog.get_logger(__name__)


def is_silent(now: dt.datetime, wall: dt.datetime) -> ColumnElement[bool]:
    """The clause of calls that came in and are to be asked for now."""
    may_ask = InboundCall.retry_at.is_(None) | (InboundCall.retry_at <= wall)
    return (InboundCall.state == InboundCallState.RINGING) & (InboundCall.look_up_at <= now) & may_ask


def hurry_call(session: Session, status: CallStatus, provider: str, at: dt.datetime) -> None:
    """The provider says that a call to us is over: if nobody has said how it went, that is asked now."""
    session.execute(
        update(InboundCall)
        .where(
            InboundCall.provider == provider,
            InboundCall.provider_id == status.provider_id,
            InboundCall.state == InboundCallState.RINGING,
        )
        .values(look_up_at=at)
    )


def claim_silent_calls(world: World, limit: int = 50) -> list[int]:
    """Calls to be asked for now, leased."""
    return world.sessions.run(partial(_claim, world, limit=limit))


def _claim(world: World, session: Session, limit: int) -> list[int]:
    wall = world.outside.clock.wall()
    due = select(InboundCall.id).where(is_silent(world.outside.clock.now(), wall)).limit(limit)
    ids = list(session.scalars(due.with_for_update(skip_locked=True)))
    if ids:
        session.execute(update(InboundCall).where(InboundCall.id.in_(ids)).values(retry_at=wall + _LEASE))
    return ids


def look_up_inbound(world: World, call_id: int) -> None:
    """Ask the provider about one call and settle it by the answer."""
    with world.sessions.read() as session:
        row = session.get(InboundCall, call_id)
    if row is None or row.state is not InboundCallState.RINGING:
        return
    try:
        found = world.outside.calls.received_call(row.provider_id)
    except RefusedError as error:
        # What the provider does not know cannot be learnt: a callback too many does no harm.
        _log.warning("inbound_call.not_known", call=call_id, **error.loggable)
        found = ReceivedCall(is_over=True, is_taken=False, seconds=0)
    except OutsideError as error:
        _log.info("inbound_call.not_learnt", call=call_id, **error.loggable)
        found = ReceivedCall(is_over=False, is_taken=False, seconds=0)
    world.sessions.run(partial(_settle, world, call_id=call_id, found=found))


def _settle(world: World, session: Session, call_id: int, found: ReceivedCall) -> None:
    row, now = session.get(InboundCall, call_id), world.outside.clock.now()
    if row is None:
        return
    if found.is_over:
        settle_call(session, row, is_taken=found.is_taken, seconds=found.seconds, at=now)
        return
    row.attempts += 1
    wait = dt.timedelta(seconds=min(_LONGEST_WAIT, 2 ** min(row.attempts, 10)))
    row.retry_at = world.outside.clock.wall() + wait
