"""Caps as people set them: the account's, a contact's, and the approval of a sequence's own."""

from __future__ import annotations

import datetime as dt
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.domain.caps import OwnCaps
from connector.domain.enrollment import State
from connector.domain.policy.caps import CAP_RULES
from connector.domain.policy.verdict import Decision
from connector.domain.touch import TouchState
from connector.store.models import (
    Account,
    CapsAct,
    CapsChange,
    Contact,
    Enrollment,
    SequenceRow,
    Touch,
    VerdictRow,
)
from connector.use_cases.facts import caps_of_account
from connector.use_cases.sequences import newest_version, sequence_of
from connector.use_cases.world import World


class OnlyAdminsLoosenError(Exception):
    """A rep asked for a looser cap than what holds for everybody. The message says which."""


def approve(world: World, account_id: int, key: str, by: str) -> bool:
    """A sequence's own caps replace the account's from now on. False when there are none to approve."""
    return world.sessions.run(partial(_decide, world, account_id, key, by, CapsAct.APPROVED))


def revoke(world: World, account_id: int, key: str, by: str) -> bool:
    """The account's caps bind the sequence again. False when nothing was approved."""
    return world.sessions.run(partial(_decide, world, account_id, key, by, CapsAct.REVOKED))


def _decide(world: World, account_id: int, key: str, by: str, act: CapsAct, session: Session) -> bool:
    row = session.scalars(
        select(SequenceRow)
        .where(SequenceRow.account_id == account_id, SequenceRow.key == key)
        .with_for_update()
    ).first()
    version = newest_version(session, row.id) if row else None
    if row is None or version is None:
        return False
    now = world.outside.clock.now()
    if act is CapsAct.REVOKED:
        if row.approved_caps is None:
            return False
        note_caps(session, account_id, act, row.approved_caps, by, now, sequence_id=row.id)
        row.approved_caps = None
        return True
    own = sequence_of(version).caps.given
    if not own or row.approved_caps == own:
        return False
    approve_now(session, row, own, by, now)
    ask_again(session, account_id, now)
    return True


def approve_now(session: Session, row: SequenceRow, own: dict[str, int], by: str, now: dt.datetime) -> None:
    """Approve within the caller's transaction, on the log."""
    row.approved_caps = own
    note_caps(session, row.account_id, CapsAct.APPROVED, own, by, now, sequence_id=row.id)


def set_account_caps(world: World, account_id: int, own: OwnCaps, by: str) -> None:
    """The account's caps; None takes that of a new account."""

    def work(session: Session) -> None:
        now = world.outside.clock.now()
        account = session.get_one(Account, account_id, with_for_update=True)
        if (account.caps or {}) == own.given:
            return
        account.caps = own.given or None
        note_caps(session, account_id, CapsAct.SET, own.given, by, now)
        ask_again(session, account_id, now)

    world.sessions.run(work)


def set_contact_caps(
    world: World, account_id: int, contact_id: int, own: OwnCaps, by: str, *, is_admin: bool
) -> bool:
    """A contact's own caps. False when the account has no such contact; raises OnlyAdminsLoosenError."""

    def work(session: Session) -> bool:
        contact = session.get(Contact, contact_id, with_for_update={"key_share": True})
        if contact is None or contact.account_id != account_id:
            return False
        if (contact.caps or {}) == own.given:
            return True
        caps = caps_of_account(session.get_one(Account, account_id))
        if own.loosens(caps) and not is_admin:
            raise OnlyAdminsLoosenError("Only an admin may allow more than your account does.")
        now = world.outside.clock.now()
        contact.caps = own.given or None
        note_caps(session, account_id, CapsAct.SET, own.given, by, now, contact_id=contact_id)
        ask_again(session, account_id, now)
        return True

    return world.sessions.run(work)


def note_caps(
    session: Session,
    account_id: int,
    act: CapsAct,
    caps: dict[str, int],
    by: str,
    now: dt.datetime,
    *,
    sequence_id: int | None = None,
    contact_id: int | None = None,
) -> None:
    """One line of the log."""
    session.add(
        CapsChange(
            account_id=account_id,
            sequence_id=sequence_id,
            contact_id=contact_id,
            act=act,
            caps=caps,
            changed_by=by,
            at=now,
        )
    )


def ask_again(session: Session, account_id: int, now: dt.datetime) -> None:
    """Whoever a cap holds is looked at now: it may hold no more. One that still does, holds again."""
    held = (
        select(Enrollment.id)
        .join(Touch, (Touch.enrollment_id == Enrollment.id) & (Touch.step_id == Enrollment.step_id))
        .join(VerdictRow, VerdictRow.touch_id == Touch.id)
        .where(
            Enrollment.account_id == account_id,
            Enrollment.state == State.ACTIVE,
            Touch.state == TouchState.PLANNED,
            VerdictRow.decision == Decision.HOLD,
            VerdictRow.rule.in_(CAP_RULES),
            VerdictRow.until > now,
        )
    )
    session.execute(
        update(Enrollment)
        .where(Enrollment.id.in_(held), Enrollment.state == State.ACTIVE, Enrollment.next_touch_at > now)
        .values(next_touch_at=now)
        .execution_options(synchronize_session=False)
    )
