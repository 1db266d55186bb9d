"""What is handed out as data: an account as a loss would need it, and all that is kept of one contact."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from connector.store.models import (
    Account,
    Base,
    Contact,
    CrmRecord,
    InboxEvent,
    Installation,
    SequenceRow,
    SequenceVersion,
    Suppression,
)
from connector.store.personal import PERSONAL, belongs_to
from connector.use_cases.address_hashes import find_key, hash_address
from connector.use_cases.personal_traces import Traces, events_about, rows_by_trace, traces_of
from connector.use_cases.world import World

FORMAT = "sixthtouch-export"
VERSION = 1
#: What of a contact says whether it may be contacted; the rest is the CRM's.
_CONSENT = (
    "consent",
    "consent_evidence",
    "is_email_opted_out",
    "is_text_opted_out",
    "is_call_opted_out",
)


def export_account(world: World, account_id: int) -> dict[str, Any]:
    """Sequences, suppressions and consent of an account: what the CRM does not hold.

    Erased contacts are in it as hashes with the key they were made with, so that they stay barred in
    another database, too. Raises ValueError when no key of ours opens that.
    """
    with world.sessions.read() as session:
        account = session.get_one(Account, account_id)
        hash_key = find_key(world, account)
        return {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": world.outside.clock.now().isoformat(),
            "account": {"name": account.name, "time_zone": account.time_zone},
            "installations": _rows(
                session, Installation, Installation.account_id == account_id, ("crm", "external_account")
            ),
            "hash_key": hash_key.hex() if hash_key else "",
            "sequences": _sequences(session, account_id),
            "suppressions": _rows(
                session,
                Suppression,
                Suppression.account_id == account_id,
                ("address", "is_hashed", "reason", "evidence", "created_at"),
            ),
            "consent": _consents(session, account_id),
        }


def _sequences(session: Session, account_id: int) -> list[dict[str, Any]]:
    versions = defaultdict(list)
    rows = select(SequenceVersion).where(SequenceVersion.account_id == account_id)
    for version in session.scalars(rows.order_by(SequenceVersion.number)):
        versions[version.sequence_id].append(_of(version, ("number", "digest", "definition", "published_at")))
    sequences = select(SequenceRow).where(SequenceRow.account_id == account_id).order_by(SequenceRow.id)
    return [
        {"key": row.key, "name": row.name, "versions": versions[row.id]} for row in session.scalars(sequences)
    ]


def _consents(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Of every contact by its records in the CRM, which are what a rebuild finds it by."""
    query = (
        select(Contact, CrmRecord, Installation.external_account)
        .join(CrmRecord, CrmRecord.contact_id == Contact.id)
        .join(Installation, Installation.id == CrmRecord.installation_id)
        .where(Contact.account_id == account_id, Contact.erased_at.is_(None))
        .order_by(CrmRecord.id)
    )
    return [
        {"external_account": account, **_of(record, ("object", "record_id")), **_of(contact, _CONSENT)}
        for contact, record, account in session.execute(query)
    ]


def export_contact(world: World, account_id: int, contact_id: int) -> dict[str, Any]:
    """All that is kept of one contact, for an auditor or for the person: every row, by table.

    Raises LookupError when the account has no such contact.
    """
    with world.sessions.read() as session:
        contact = session.get(Contact, contact_id)
        if contact is None or contact.account_id != account_id:
            raise LookupError(f"the account has no contact {contact_id}")
        key = find_key(world, session.get_one(Account, account_id))
        traces = traces_of(world, session, contact)
        hashes = [hash_address(key, each) for each in traces.addresses if key]
        barred = (Suppression.account_id == account_id) & Suppression.address.in_(
            [*traces.addresses, *hashes]
        )
        by_name = [(model, belongs_to(model, contact_id)) for model in PERSONAL]
        by_trace = rows_by_trace(session, contact, traces.addresses)
        return {
            "format": f"{FORMAT}-contact",
            "version": VERSION,
            "exported_at": world.outside.clock.now().isoformat(),
            "consent": _of(contact, _CONSENT),
            "suppressions": _rows(session, Suppression, barred),
            **{model.__tablename__: _rows(session, model, which) for model, which in (*by_name, *by_trace)},
            InboxEvent.__tablename__: list(_events(world, session, traces)),
        }


def _events(world: World, session: Session, traces: Traces) -> Iterator[dict[str, Any]]:
    """Stored webhooks about the contact, a batch in memory at a time."""
    after: int | None = 0
    while after is not None:
        after, events = events_about(world, session, traces, after)
        yield from (_of(event, _columns(InboxEvent)) for event in events)
        session.expunge_all()


def _rows(
    session: Session, model: type[Base], which: ColumnElement[bool], names: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows as JSON, oldest first; all columns unless some are named."""
    columns = names or _columns(model)
    query = select(model).where(which).order_by(*inspect(model).primary_key)
    return [_of(row, columns) for row in session.scalars(query)]


def _columns(model: type[Base]) -> list[str]:
    return [column.key for column in inspect(model).column_attrs]


def _of(row: Base, names: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return dict(value) if isinstance(value, Mapping) else value
