"""What is handed out as data: an account as a loss would need it, and all that is kept of one contact."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from connector.store.models import (
    Account,
    Base,
    Contact,
    CrmRecord,
    Installation,
    SequenceRow,
    SequenceVersion,
    Suppression,
)
from connector.store.personal import PERSONAL, belongs_to
from connector.use_cases.address_hashes import find_key, hash_address
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
        addresses = [*contact.keys, *(hash_address(key, each) for each in contact.keys if key)]
        barred = (Suppression.account_id == account_id) & Suppression.address.in_(addresses)
        found = {
            model.__tablename__: _rows(session, model, belongs_to(model, contact_id)) for model in PERSONAL
        }
        return {
            "format": f"{FORMAT}-contact",
            "version": VERSION,
            "exported_at": world.outside.clock.now().isoformat(),
            "consent": _of(contact, _CONSENT),
            "suppressions": _rows(session, Suppression, barred),
            **found,
        }


def _rows(
    session: Session, model: type[Base], which: ColumnElement[bool], names: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows as JSON, oldest first; all columns unless some are named."""
    columns = names or [column.key for column in inspect(model).column_attrs]
    query = select(model).where(which).order_by(*inspect(model).primary_key)
    return [_of(row, columns) for row in session.scalars(query)]


def _of(row: Base, names: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return dict(value) if isinstance(value, Mapping) else value
