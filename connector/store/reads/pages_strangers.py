"""What came from numbers that nobody knows, for the first page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector.store.models import (
    Contact,
    InboundCall,
    InboundCallState,
    Newcomer,
    NewcomerState,
    UnknownText,
)

_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class StrangersText:
    """A text. `is_under_way`: its sender is being made a contact; `trouble` is why that failed."""

    text_id: int
    number: str
    words: str
    is_under_way: bool
    trouble: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class StrangersCall:
    """A call that nobody took."""

    number: str
    at: dt.datetime


def read_strangers_texts(session: Session, account_id: int, since: dt.datetime) -> tuple[StrangersText, ...]:
    """Texts of numbers that no contact has, newest first."""
    query = select(UnknownText).where(UnknownText.account_id == account_id, UnknownText.received_at >= since)
    rows = list(session.scalars(query.order_by(UnknownText.id.desc()).limit(_AT_MOST)))
    mine = select(Newcomer).where(
        Newcomer.account_id == account_id, Newcomer.number.in_({row.from_address for row in rows})
    )
    newcomers = {each.number: each for each in session.scalars(mine.order_by(Newcomer.id))}
    return tuple(_line(row, newcomers.get(row.from_address)) for row in rows)


def _line(row: UnknownText, newcomer: Newcomer | None) -> StrangersText:
    is_refused = newcomer is not None and newcomer.state is NewcomerState.REFUSED
    return StrangersText(
        text_id=row.id,
        number=row.from_address,
        words=row.body,
        is_under_way=newcomer is not None and not is_refused,
        trouble=newcomer.trouble if newcomer is not None else "",
        at=row.received_at,
    )


def read_strangers_calls(session: Session, account_id: int, since: dt.datetime) -> tuple[StrangersCall, ...]:
    """Calls of numbers that no contact has and that nobody took, newest first."""
    query = select(InboundCall).where(
        InboundCall.account_id == account_id,
        InboundCall.is_known.is_(False),
        InboundCall.state == InboundCallState.MISSED,
        InboundCall.from_address != "",
        InboundCall.received_at >= since,
        ~_has(Contact.phone_key, account_id),
        ~_has(Contact.mobile_key, account_id),
    )
    rows = session.scalars(query.order_by(InboundCall.id.desc()).limit(_AT_MOST))
    return tuple(StrangersCall(row.from_address, row.received_at) for row in rows)


def _has(number: InstrumentedAttribute[str], account_id: int) -> ColumnElement[bool]:
    has_it = select(Contact.id).where(Contact.account_id == account_id, number == InboundCall.from_address)
    return has_it.exists()
