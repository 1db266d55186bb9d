"""Caps as the pages show them: what each level says, and the log of who said so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from connector.domain.caps import OwnCaps
from connector.store.models import Account, CapsAct, CapsChange, Contact, SequenceRow

#: So many lines of the log are shown.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CapsLine:
    """One line of the log: what was done with which caps, by whom and when."""

    act: CapsAct
    caps: OwnCaps
    changed_by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class CapsPage:
    """The account's own caps, those of what is looked at (approved ones of a sequence), and its log."""

    account: OwnCaps
    own: OwnCaps
    log: tuple[CapsLine, ...]


def read_account_caps(session: Session, account_id: int) -> CapsPage:
    """The account's caps."""
    account = _account_caps(session, account_id)
    of_account = (CapsChange.sequence_id.is_(None), CapsChange.contact_id.is_(None))
    return CapsPage(account, account, _log(session, account_id, *of_account))


def read_sequence_caps(session: Session, account_id: int, key: str) -> CapsPage:
    """What is approved for a sequence of the account."""
    query = select(SequenceRow).where(SequenceRow.account_id == account_id, SequenceRow.key == key)
    row = session.scalars(query).one()
    log = _log(session, account_id, CapsChange.sequence_id == row.id)
    return CapsPage(_account_caps(session, account_id), OwnCaps(**(row.approved_caps or {})), log)


def read_contact_caps(session: Session, account_id: int, contact_id: int) -> tuple[str, CapsPage] | None:
    """A contact's name and caps; None when the account has no such contact."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.account_id != account_id:
        return None
    log = _log(session, account_id, CapsChange.contact_id == contact_id)
    page = CapsPage(_account_caps(session, account_id), OwnCaps(**(contact.caps or {})), log)
    return contact.name, page


def _account_caps(session: Session, account_id: int) -> OwnCaps:
    return OwnCaps(**(session.get_one(Account, account_id).caps or {}))


def _log(session: Session, account_id: int, *clauses: ColumnElement[bool]) -> tuple[CapsLine, ...]:
    query = select(CapsChange).where(CapsChange.account_id == account_id, *clauses)
    rows = session.scalars(query.order_by(CapsChange.id.desc()).limit(_SHOWN))
    return tuple(CapsLine(row.act, OwnCaps(**row.caps), row.changed_by, row.at) for row in rows)
