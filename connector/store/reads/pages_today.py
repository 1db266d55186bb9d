"""What the first page shows: how many go through a sequence, and what needs a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import Outcome, State
from connector.domain.touch import ATTEMPTED, TouchState
from connector.store.models import (
    ActivityRow,
    Contact,
    Enrollment,
    EnrollmentChange,
    OutboxState,
    Signal,
    Touch,
)
from connector.store.reads.pages_frame import OPEN_FOR
from connector.store.reads.pages_listed import ListedLine, count_listed, first_listed
from connector.store.reads.pages_strangers import (
    StrangersCall,
    StrangersText,
    read_strangers_calls,
    read_strangers_texts,
)

_AT_MOST = 20
_LISTED_AT_MOST = 5
_GOOD = (Outcome.REPLIED, Outcome.BOOKED, Outcome.CONVERTED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the account: live enrollments as they stand, the rest over the last 7 days."""

    active: int
    held: int
    paused: int
    answered: int
    no_reply: int
    stopped: int
    touches: int


@dataclass(frozen=True, slots=True)
class HandedOff:
    """A contact that a person is to take over; `words` are the last the contact wrote."""

    contact_id: int
    name: str
    outcome: Outcome | None
    is_opted_out: bool
    sentence: str
    words: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A touch that may have gone and is being looked up."""

    touch_id: str
    contact_id: int
    name: str
    channel: Channel
    trouble: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """An activity the CRM did not take."""

    contact_id: int
    name: str
    trouble: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Today:
    """All of the first page."""

    counts: Counts
    handed_off: tuple[HandedOff, ...]
    uncertain: tuple[Uncertain, ...]
    #: The newest of those that wait for an answer, and how many there are.
    listed: tuple[ListedLine, ...]
    listed_count: int
    refused: tuple[RefusedWrite, ...]
    texts: tuple[StrangersText, ...]
    calls: tuple[StrangersCall, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing needs a person."""
        ours = self.handed_off or self.uncertain or self.listed or self.refused
        return not (ours or self.texts or self.calls)


def read_today(session: Session, account_id: int, *, now: dt.datetime) -> Today:
    """The page of this account, in ten queries."""
    since = now - OPEN_FOR
    return Today(
        counts=_counts(session, account_id, since),
        handed_off=_handed_off(session, account_id, since),
        uncertain=_uncertain(session, account_id, since),
        listed=first_listed(session, account_id, limit=_LISTED_AT_MOST),
        listed_count=count_listed(session, account_id),
        refused=_refused(session, account_id, since),
        texts=read_strangers_texts(session, account_id, since),
        calls=read_strangers_calls(session, account_id, since),
    )


def _counts(session: Session, account_id: int, since: dt.datetime) -> Counts:
    mine = Enrollment.account_id == account_id
    # A literal, not a parameter: PostgreSQL takes two parameters for two expressions.
    is_held = Enrollment.waiting_for != literal_column("''")
    rows = session.execute(
        select(Enrollment.state, Enrollment.outcome, is_held, func.count())
        .where(mine, (Enrollment.state != State.ENDED) | (Enrollment.ended_at >= since))
        .group_by(Enrollment.state, Enrollment.outcome, is_held)
    ).all()
    touches = session.scalar(
        select(func.count()).where(
            Touch.account_id == account_id, Touch.sent_at >= since, Touch.state.in_(ATTEMPTED)
        )
    )
    ended = dict.fromkeys(Outcome, 0)
    live = {(State.ACTIVE, False): 0, (State.ACTIVE, True): 0, (State.PAUSED, False): 0}
    for state, outcome, was_held, count in rows:
        if outcome is not None:
            ended[outcome] += count
        else:
            live[state, bool(was_held) and state is State.ACTIVE] += count
    good = sum(ended[outcome] for outcome in _GOOD)
    silent = ended[Outcome.NO_REPLY] + ended[Outcome.EXHAUSTED]
    return Counts(
        active=live[State.ACTIVE, False],
        held=live[State.ACTIVE, True],
        paused=live[State.PAUSED, False],
        answered=good,
        no_reply=silent,
        stopped=sum(ended.values()) - good - silent,
        touches=touches or 0,
    )


def _handed_off(session: Session, account_id: int, since: dt.datetime) -> tuple[HandedOff, ...]:
    sentence = (
        select(EnrollmentChange.sentence)
        .where(EnrollmentChange.enrollment_id == Enrollment.id)
        .order_by(EnrollmentChange.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    words = (
        select(Signal.body)
        .where(
            Signal.contact_id == Enrollment.contact_id,
            Signal.body != "",
            Signal.at >= Enrollment.enrolled_at,
            # Of a call no words are kept, only what it did.
            Signal.kind.not_in(("auto_replied", "called")),
        )
        .order_by(Signal.at.desc(), Signal.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    at = func.coalesce(Enrollment.ended_at, Enrollment.previous_at, Enrollment.enrolled_at)
    rows = session.execute(
        select(Contact, Enrollment.outcome, sentence, words, at)
        .join(Contact, Contact.id == Enrollment.contact_id)
        .where(Enrollment.account_id == account_id, Enrollment.is_handed_off, at >= since)
        .order_by(at.desc(), Enrollment.id.desc())
        .limit(_AT_MOST)
    ).all()
    return tuple(
        HandedOff(contact.id, contact.name, outcome, contact.is_opted_out, said or "", wrote or "", when)
        for contact, outcome, said, wrote, when in rows
    )


def _uncertain(session: Session, account_id: int, since: dt.datetime) -> tuple[Uncertain, ...]:
    query = (
        select(Touch, Contact)
        .join(Contact, Contact.id == Touch.contact_id)
        .where(
            Touch.account_id == account_id,
            Touch.state == TouchState.UNKNOWN,
            Touch.planned_at >= since,
        )
        .order_by(Touch.planned_at.desc(), Touch.id)
        .limit(_AT_MOST)
    )
    return tuple(
        Uncertain(
            touch_id=touch.id,
            contact_id=contact.id,
            name=contact.name,
            channel=touch.channel,
            trouble=touch.trouble,
            at=touch.sent_at or touch.planned_at,
        )
        for touch, contact in session.execute(query)
    )


def _refused(session: Session, account_id: int, since: dt.datetime) -> tuple[RefusedWrite, ...]:
    rows = session.execute(
        select(ActivityRow, Contact)
        .join(Contact, Contact.id == ActivityRow.contact_id)
        .where(
            ActivityRow.account_id == account_id,
            ActivityRow.state == OutboxState.REFUSED,
            ActivityRow.created_at >= since,
        )
        .order_by(ActivityRow.id.desc())
        .limit(_AT_MOST)
    ).all()
    return tuple(RefusedWrite(contact.id, contact.name, row.trouble, row.created_at) for row, contact in rows)
