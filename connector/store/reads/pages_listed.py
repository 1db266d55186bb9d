"""Touches of which nobody could say whether they went: those that wait for an answer, and the last answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.touch import TouchState
from connector.store.models import Contact, ListedTouch, Touch

_PAGE = 25
_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A listed touch: to whom, what, when, and why nobody knows. The answer is empty while it waits for one."""

    touch_id: str
    contact_id: int
    name: str
    time_zone: str
    phones: tuple[str, ...]
    channel: Channel
    subject: str
    body: str
    to_address: str
    at: dt.datetime
    why: str
    went: bool | None = None
    answered_by: str = ""
    answered_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of what waits for an answer, the newest first, and what was answered last."""

    lines: tuple[ListedLine, ...]
    total: int
    page: int
    answered: tuple[ListedLine, ...]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // _PAGE))


def read_listed(session: Session, account_id: int, page: int) -> ListedPage:
    """A page of this account; beyond the last one is the last one."""
    total = count_listed(session, account_id)
    page = min(max(1, page), max(1, -(-total // _PAGE)))
    return ListedPage(
        lines=first_listed(session, account_id, limit=_PAGE, offset=(page - 1) * _PAGE),
        total=total,
        page=page,
        answered=_answered(session, account_id),
    )


def find_contact_of(session: Session, touch_id: str) -> int:
    """The contact of a touch that is there."""
    return session.get_one(Touch, touch_id).contact_id


def count_listed(session: Session, account_id: int) -> int:
    """How many touches wait for an answer."""
    query = select(func.count()).where(Touch.account_id == account_id, Touch.state == TouchState.LISTED)
    return session.scalar(query) or 0


def first_listed(session: Session, account_id: int, *, limit: int, offset: int = 0) -> tuple[ListedLine, ...]:
    """The newest of those that wait for an answer."""
    query = _lines(account_id).where(Touch.state == TouchState.LISTED)
    query = query.order_by(Touch.sent_at.desc(), Touch.id).limit(limit).offset(offset)
    return tuple(_line(*row) for row in session.execute(query))


def _answered(session: Session, account_id: int) -> tuple[ListedLine, ...]:
    query = _lines(account_id).where(ListedTouch.answered_at.is_not(None))
    query = query.order_by(ListedTouch.answered_at.desc(), Touch.id).limit(_ANSWERS)
    return tuple(_line(*row) for row in session.execute(query))


def _lines(account_id: int) -> Select[Touch, Contact, ListedTouch]:
    return (
        select(Touch, Contact, ListedTouch)
        .join(Contact, Contact.id == Touch.contact_id)
        .join(ListedTouch, ListedTouch.touch_id == Touch.id)
        .where(ListedTouch.account_id == account_id)
    )


def _line(touch: Touch, contact: Contact, entry: ListedTouch) -> ListedLine:
    return ListedLine(
        touch_id=touch.id,
        contact_id=contact.id,
        name=contact.name,
        time_zone=contact.time_zone,
        phones=(contact.mobile_key, contact.phone_key),
        channel=touch.channel,
        subject=touch.subject,
        body=touch.body,
        to_address=touch.to_address,
        at=touch.sent_at or touch.planned_at,
        why=entry.why,
        went=entry.went,
        answered_by=entry.answered_by,
        answered_at=entry.answered_at,
    )
