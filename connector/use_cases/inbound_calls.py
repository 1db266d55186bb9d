"""Somebody calls us: they are not followed up any more, and a person's phone rings."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.domain.channels import Channel
from connector.domain.enrollment import Event
from connector.ports import CallReceived, DialEnded, Talk
from connector.store.models import Account, Contact, InboundCall, InboundCallState, Signal
from connector.store.reads.people import LOCK, lock_people
from connector.store.reads.strangers import account_of_strangers
from connector.use_cases.facts import CALL_LASTS_AT_MOST
from connector.use_cases.hand_off import hand_off_inbound_call
from connector.use_cases.senders import senders_of
from connector.use_cases.stop import stop_person
from connector.use_cases.takers import Taker, taker_of
from connector.use_cases.timeline import put_call
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)

_CALLED = "Follow-up ended: they called us."
_CONNECTING = "Thank you for calling {company}. One moment, I am connecting you."
_CALL_BACK = "Nobody can take your call at the moment. One of us will call you back. Goodbye."
_CALL_AGAIN = "Nobody can take your call at the moment. Please call again later. Goodbye."
_GREETING = "Thank you for calling {company}. "
_HANG_UP = Talk("")


def take_call(world: World, session: Session, call: CallReceived, provider: str) -> Talk:
    """Stop, tell the CRM, ring a person. A webhook that comes again gets the same answer."""
    row = _find(session, provider, call.provider_id)
    if row is None:
        row = _receive(world, session, call, provider)
    company = _company(world, session, row)
    if row.state is InboundCallState.RINGING:
        return Talk(_CONNECTING.format(company=company), dial=row.rung_number)
    return _nobody(row, _GREETING.format(company=company))


def end_dial(world: World, session: Session, ended: DialEnded, provider: str) -> Talk:
    """The person who was rung has hung up, or could not be reached."""
    row = _find(session, provider, ended.provider_id)
    if row is None:
        _log.warning("call.unknown", provider=provider, provider_id=ended.provider_id)
        return _HANG_UP
    settle_call(session, row, is_taken=ended.is_taken, seconds=ended.seconds, at=world.outside.clock.now())
    return _HANG_UP if row.state is InboundCallState.TAKEN else _nobody(row)


def settle_call(session: Session, row: InboundCall, *, is_taken: bool, seconds: int, at: dt.datetime) -> None:
    """Note how a call that came in went: the first to know it counts."""
    signals = list(session.scalars(select(Signal).where(Signal.dedupe_key == _key(row)).order_by(Signal.id)))
    contacts = [session.get_one(Contact, signal.contact_id) for signal in signals]
    lock_people(session, contacts)
    session.refresh(row, with_for_update=LOCK)
    if row.state is not InboundCallState.RINGING:
        return
    row.state = InboundCallState.TAKEN if is_taken else InboundCallState.MISSED
    row.seconds, row.ended_at = seconds, at
    for signal, contact in zip(signals, contacts, strict=True):
        put_call(session, contact, signal, row)
        hand_off_inbound_call(session, contact, signal, row, at)


def _find(session: Session, provider: str, provider_id: str) -> InboundCall | None:
    query = select(InboundCall).where(
        InboundCall.provider == provider, InboundCall.provider_id == provider_id
    )
    return session.scalars(query).first()


def _key(row: InboundCall) -> str:
    return f"call:{row.provider_id}"


def _receive(world: World, session: Session, call: CallReceived, provider: str) -> InboundCall:
    now = world.outside.clock.now()
    number = phone_key(call.from_address, world.settings.default_region)
    contacts = senders_of(session, number, call.to_address)
    taker = _taker(world, session, contacts, {number, call.to_address})
    row = InboundCall(
        account_id=account_of_strangers(session) if not contacts else contacts[0].account_id,
        provider=provider,
        provider_id=call.provider_id,
        from_address=number,
        to_address=call.to_address,
        is_known=bool(contacts),
        received_at=now,
        rung_number=taker.number if taker else "",
        rung_name=taker.name if taker else "",
        state=InboundCallState.RINGING,
        look_up_at=now + CALL_LASTS_AT_MOST,
    )
    session.add(row)
    session.flush()
    for contact in contacts:
        _stop(session, contact, row)
    if not contacts:
        _log.info("call.unknown_number", call=row.id)
    if taker is None:
        settle_call(session, row, is_taken=False, seconds=0, at=now)
    return row


def _taker(world: World, session: Session, contacts: list[Contact], engaged: set[str]) -> Taker | None:
    """Who is rung. A rep who calls us cannot be rung, and neither can we ourselves."""
    owners = [taker_of(world, session, contact) for contact in contacts]
    asked = [*owners, taker_of(world, session, None)]
    return next((taker for taker in asked if taker is not None and taker.number not in engaged), None)


def _stop(session: Session, contact: Contact, row: InboundCall) -> None:
    signal = Signal(
        account_id=contact.account_id,
        contact_id=contact.id,
        kind="called",
        channel=Channel.CALL,
        from_address=row.from_address,
        to_address=row.to_address,
        dedupe_key=_key(row),
        at=row.received_at,
    )
    session.add(signal)
    session.flush()
    ended = stop_person(session, contact, Event.REPLIED, _CALLED, row.received_at, is_told=True)
    signal.body = _CALLED if ended else ""
    put_call(session, contact, signal, row)


def _nobody(row: InboundCall, greeting: str = "") -> Talk:
    return Talk(greeting + (_CALL_BACK if row.from_address else _CALL_AGAIN))


def _company(world: World, session: Session, row: InboundCall) -> str:
    if world.settings.company_name or row.account_id is None:
        return world.settings.company_name or "us"
    return session.get_one(Account, row.account_id).name
