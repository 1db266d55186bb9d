"""Who counts as one person: contacts of an account that share a normalised phone or email."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import BindParameter, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.store.models import Contact, Enrollment, Touch

#: FOR NO KEY UPDATE on PostgreSQL: as exclusive among us as FOR UPDATE, but a row that merely refers
#: to the locked one (a signal, a touch, an activity) neither waits for it nor deadlocks with it.
LOCK = {"key_share": True}
_LOCKED = "locked"
Row = TypeVar("Row", Contact, Enrollment, Touch)


class Addressed(Protocol):
    """What says who somebody is: a contact, or as much of one."""

    @property
    def id(self) -> int:
        """The contact's id."""
        ...

    @property
    def account_id(self) -> int:
        """Whose contact it is."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """All normalised addresses."""
        ...


class Addresses(NamedTuple):
    """The columns of a contact that say who it is, without the rest."""

    id: int
    account_id: int
    email_key: str
    phone_key: str
    mobile_key: str

    @property
    def keys(self) -> tuple[str, ...]:
        """All normalised addresses."""
        return tuple(key for key in self[2:] if key)


#: In the order of `Addresses`.
ADDRESSES = (Contact.id, Contact.account_id, Contact.email_key, Contact.phone_key, Contact.mobile_key)


# Statements are built once: to build one with as many values as a round has takes as long as to run it.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_HAS_ONE = (
    Contact.account_id == bindparam("account"),
    or_(Contact.email_key.in_(_KEYS), Contact.phone_key.in_(_KEYS), Contact.mobile_key.in_(_KEYS)),
)
_CONTACTS_OF = select(Contact).where(*_HAS_ONE)
_ADDRESSES_OF = select(*ADDRESSES).where(*_HAS_ONE)
_TOUCHED = (
    select(Touch.id, Touch.enrollment_id, *ADDRESSES)
    .join(Contact, Contact.id == Touch.contact_id)
    .where(Touch.id.in_(_IDS))
)


def _in_order(model: type[Row]) -> Select[Row]:
    """Rows by their ids, read anew and locked in the order in which everybody locks them."""
    rows = select(model).where(model.id.in_(_IDS)).order_by(model.id)
    return rows.with_for_update(key_share=True).execution_options(populate_existing=True)


_LOCKED_CONTACTS, _LOCKED_ENROLLMENTS, _LOCKED_TOUCHES = (
    _in_order(Contact),
    _in_order(Enrollment),
    _in_order(Touch),
)


def find_by_address(session: Session, account_id: int, addresses: Iterable[str]) -> list[Contact]:
    """All contacts of the account that have one of these normalised addresses."""
    keys = [address for address in addresses if address]
    return list(session.scalars(_CONTACTS_OF, {"account": account_id, "keys": keys})) if keys else []


def lock_person(session: Session, contact: Contact) -> list[Contact]:
    """The contact and all others that share an address with it, by id, locked: see `lock_people`."""
    return lock_people(session, [contact])


def lock_people(session: Session, contacts: Sequence[Addressed]) -> list[Contact]:
    """These contacts and all that are the same persons, read anew and locked until the transaction ends.

    Whatever decides about a person locks these rows first, by id, then enrollments, then touches:
    whichever commits first is seen by the other, and nobody waits for each other in a circle.
    """
    ids = frozenset().union(*people_of(session, contacts).values())
    return _locked(session, _LOCKED_CONTACTS, ids)


def _locked(session: Session, rows: Select[Row], ids: Collection[int | str]) -> list[Row]:
    """The rows, read anew. The session keeps them: who asks for one by its id has it without a query."""
    found = list(session.scalars(rows, {"ids": list(ids)}))
    session.info.setdefault(_LOCKED, []).extend(found)
    return found


def lock_touch(session: Session, touch_id: str, channel: Channel | None = None) -> Touch | None:
    """A touch read anew and locked, after its person and its enrollment.

    None when there is none (of that channel, where one is named), or its contact was erased: what a
    provider says of it late is of nobody.
    """
    touches = lock_touches(session, [touch_id])
    return next((touch for touch in touches if channel in (None, touch.channel)), None)


def lock_touches(session: Session, touch_ids: Sequence[str]) -> list[Touch]:
    """As `lock_touch`, for several; what would be None is left out."""
    rows = session.execute(_TOUCHED, {"ids": list(touch_ids)}).all()
    people = lock_people(session, [Addresses(*row[2:]) for row in rows])
    erased = {person.id for person in people if person.erased_at is not None}
    followed = {row[0]: row[1] for row in rows if row[2] not in erased}
    lock_enrollments(session, list(followed.values()))
    return _locked(session, _LOCKED_TOUCHES, followed)


def lock_enrollments(session: Session, enrollment_ids: Sequence[int]) -> list[Enrollment]:
    """Enrollments read anew and locked, by id, after their people."""
    return _locked(session, _LOCKED_ENROLLMENTS, enrollment_ids)


def people_of(session: Session, contacts: Sequence[Addressed]) -> dict[int, frozenset[int]]:
    """For each contact the ids of all contacts that are the same person, itself included."""
    keys: dict[int, set[str]] = defaultdict(set)
    for contact in contacts:
        keys[contact.account_id].update(contact.keys)
    found = [
        _find_addresses(session, account_id, sorted(known)) for account_id, known in keys.items() if known
    ]
    return people_among(contacts, chain.from_iterable(found))


def _find_addresses(session: Session, account_id: int, keys: Sequence[str]) -> list[Addresses]:
    rows = session.execute(_ADDRESSES_OF, {"account": account_id, "keys": list(keys)})
    return [Addresses(*row) for row in rows]


def people_among(contacts: Sequence[Addressed], known: Iterable[Addressed]) -> dict[int, frozenset[int]]:
    """As `people_of`, where all who share an address with the contacts are known already."""
    by_key: dict[tuple[int, str], set[int]] = defaultdict(set)
    for other in known:
        for key in other.keys:
            by_key[other.account_id, key].add(other.id)
    return {
        contact.id: frozenset({contact.id}.union(*(by_key[contact.account_id, key] for key in contact.keys)))
        for contact in contacts
    }
