"""What a CRM says of a record: it changed and is to be read back, or it is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event
from connector.ports import RecordChanged, RecordDeleted
from connector.store.inserts import insert_into
from connector.store.models import Contact, CrmRecord, Installation, StaleRecord
from connector.store.reads.people import lock_person
from connector.use_cases.stop import stop_person

_log = structlog.get_logger(__name__)


def _installation(session: Session, crm: str, external_account: str) -> Installation | None:
    query = select(Installation).where(
        Installation.crm == crm, Installation.external_account == external_account
    )
    return session.scalars(query).first()


def mark_stale(session: Session, crm: str, changed: RecordChanged) -> int | None:
    """Note that a record is to be read back: a burst of changes is one read. Its installation's id."""
    installation = _installation(session, crm, changed.external_account)
    if installation is None:
        _log.warning("record.foreign_account", crm=crm, external_account=changed.external_account)
        return None
    mark_all_stale(session, installation.id, changed.object, [changed.record_id])
    return installation.id


def mark_all_stale(session: Session, installation_id: int, object_: str, record_ids: Iterable[str]) -> None:
    """Note that these records of an installation are to be read back."""
    rows = [
        {
            "installation_id": installation_id,
            "object": object_,
            "record_id": record_id,
            "changes": 1,
            "attempts": 0,
        }
        for record_id in sorted(set(record_ids))
    ]
    if rows:
        session.execute(
            insert_into(session, StaleRecord)
            .values(rows)
            .on_conflict_do_update(
                index_elements=["installation_id", "object", "record_id"],
                set_={"changes": StaleRecord.changes + 1},
            )
        )


def remove_record(session: Session, crm: str, deleted: RecordDeleted, at: dt.datetime) -> None:
    """A record is gone: whoever it stood for is not followed up any more."""
    installation = _installation(session, crm, deleted.external_account)
    if installation is None:
        _log.warning("record.foreign_account", crm=crm, external_account=deleted.external_account)
        return
    remove_contact(session, installation.id, deleted.object, deleted.record_id, at)


def remove_contact(
    session: Session, installation_id: int, object_: str, record_id: str, at: dt.datetime
) -> None:
    """The contact that a record of an installation stood for is followed up no more; unknown ones are none."""
    query = select(Contact).join(CrmRecord, CrmRecord.contact_id == Contact.id)
    contact = session.scalars(
        query.where(
            CrmRecord.installation_id == installation_id,
            CrmRecord.object == object_,
            CrmRecord.record_id == record_id,
        )
    ).first()
    if contact is None:
        return
    lock_person(session, contact)
    if contact.deleted_at is not None:
        return
    contact.deleted_at = at
    session.flush()
    stop_person(session, contact, Event.REMOVED, "Follow-up ended: the record was deleted in the CRM.", at)
