"""Who counts as one person: contacts of an account that share a normalised phone or email."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector.store.models import Contact


def find_by_address(session: Session, account_id: int, addresses: Iterable[str]) -> list[Contact]:
    """All contacts of the account that have one of these normalised addresses."""
    keys = [address for address in addresses if address]
    if not keys:
        return []
    has_one = or_(Contact.email_key.in_(keys), Contact.phone_key.in_(keys), Contact.mobile_key.in_(keys))
    return list(session.scalars(select(Contact).where(Contact.account_id == account_id, has_one)))


def same_person(session: Session, contact: Contact) -> list[Contact]:
    """The contact and all others that share an address with it, by id."""
    found = {contact.id: contact}
    found.update((other.id, other) for other in find_by_address(session, contact.account_id, contact.keys))
    return [found[key] for key in sorted(found)]


def lock_person(session: Session, contact: Contact) -> list[Contact]:
    """Like `same_person`, read anew and locked until the transaction ends.

    A stop locks the same rows, in the same order: whichever commits first is seen by the other.
    """
    ids = [other.id for other in same_person(session, contact)]
    rows = select(Contact).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update()
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def people_of(session: Session, contacts: Sequence[Contact]) -> dict[int, frozenset[int]]:
    """For each contact the ids of all contacts that are the same person, itself included."""
    by_key: dict[tuple[int, str], set[int]] = defaultdict(set)
    by_account: dict[int, set[str]] = defaultdict(set)
    for contact in contacts:
        by_account[contact.account_id].update(contact.keys)
    for account_id, keys in by_account.items():
        for other in find_by_address(session, account_id, keys):
            for key in other.keys:
                by_key[account_id, key].add(other.id)
    return {
        contact.id: frozenset({contact.id}.union(*(by_key[contact.account_id, key] for key in contact.keys)))
        for contact in contacts
    }
