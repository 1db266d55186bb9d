"""Finds the contact that a command is about, by the id of its CRM record."""

from __future__ import annotations

import click
from sqlalchemy import select

from connector.store.models import Contact, CrmRecord, Installation
from connector.use_cases.world import World


def find_contact(world: World, record_id: str, external_account: str) -> Contact:
    """The one contact of a record. Raises ClickException when there is none or more than one."""
    query = (
        select(Contact, Installation.external_account)
        .join(CrmRecord, CrmRecord.contact_id == Contact.id)
        .join(Installation, Installation.id == CrmRecord.installation_id)
        .where(CrmRecord.record_id == record_id)
    )
    if external_account:
        query = query.where(Installation.external_account == external_account)
    with world.sessions.read() as session:
        found = session.execute(query.order_by(Contact.id)).all()
    if not found:
        raise click.ClickException(f"no contact has the CRM record {record_id}; give the record's id")
    if len(found) > 1:
        accounts = ", ".join(account for _, account in found)
        raise click.ClickException(
            f"several CRM accounts have a record {record_id}: name one with --account ({accounts})"
        )
    contact: Contact = found[0][0]
    return contact
