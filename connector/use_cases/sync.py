"""Contacts from the CRM: the first sync by pages, and records read back after a change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from connector.content.addresses import email_key, phone_key
from connector.ports import (
    ContactPage,
    ContactRecord,
    ContactsRead,
    Crm,
    CrmOwner,
    OutsideError,
    RefusedError,
    TryLaterError,
)
from connector.store.models import (
    Contact,
    CrmRecord,
    Installation,
    InstallationState,
    Owner,
    StaleRecord,
    Suppression,
    SuppressionReason,
)
from connector.use_cases.address_hashes import bar_erased
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import with_crm
from connector.use_cases.record_events import remove_contact
from connector.use_cases.unknown_texts import move_texts
from connector.use_cases.world import World

_READ_AT_ONCE = 100
_CONTACT = "contact"
#: What `sync_after` begins with once the recycle bin is listed.
_DELETED = "deleted:"
_log = structlog.get_logger(__name__)
_LONGEST_WAIT = 300
#: Fields that are taken over from the CRM's record as they are.
_COPIED = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "company",
    "owner_id",
    "time_zone",
    "lifecycle",
    "source",
    "topic",
    "consent",
    "consent_evidence",
    "is_email_opted_out",
    "is_text_opted_out",
    "is_call_opted_out",
)


def sync_contacts(world: World, installation_id: int) -> None:
    """One page of the first sync; the next one is queued. Where it stands is on the installation."""
    with world.sessions.read() as session:
        installation = session.get_one(Installation, installation_id)
    if installation.synced_at is not None:
        return
    if installation.sync_after is None:
        owners = with_crm(world, installation_id, lambda crm: crm.list_owners())
        world.sessions.run(partial(_store_owners, installation=installation, owners=owners))
    place = installation.sync_after or ""
    if place.startswith(_DELETED):
        is_ours, is_over = _take_deleted(world, installation, place.removeprefix(_DELETED))
    else:
        is_ours, is_over = _take_page(world, installation)
    if is_ours and not is_over:
        world.outside.queue.enqueue("sync_contacts", installation_id)


def _take_page(world: World, installation: Installation) -> tuple[bool, bool]:
    """One page of all contacts: whether it was ours to keep, and whether it was the last of all."""
    page = with_crm(world, installation.id, lambda crm: crm.list_contacts(installation.sync_after))
    following = page.after
    if following is None and _was_here_before(installation):
        following = _DELETED
    store = partial(_store_page, world, installation=installation, page=page, following=following)
    return world.sessions.run(store), following is None


def _was_here_before(installation: Installation) -> bool:
    """Whether it was installed again: contacts that we know may have been deleted meanwhile."""
    provisioned_at = installation.provisioned_at
    return provisioned_at is not None and provisioned_at < installation.installed_at


def _take_deleted(world: World, installation: Installation, after: str) -> tuple[bool, bool]:
    """One page of the recycle bin: whom we know of it is followed up no more."""
    page = with_crm(world, installation.id, lambda crm: crm.list_deleted(after or None))
    for record_id in _known_of(world, installation, page.ids):
        gone = partial(
            remove_contact,
            installation_id=installation.id,
            object_=_CONTACT,
            record_id=record_id,
            at=world.outside.clock.now(),
        )
        world.sessions.run(gone)
    following = None if page.after is None else _DELETED + page.after
    return world.sessions.run(
        partial(_move_on, world, installation=installation, following=following)
    ), following is None


def _known_of(world: World, installation: Installation, record_ids: Sequence[str]) -> list[str]:
    query = select(CrmRecord.record_id).where(
        CrmRecord.installation_id == installation.id, CrmRecord.record_id.in_(record_ids)
    )
    with world.sessions.read() as session:
        return sorted(session.scalars(query))


def _store_page(
    world: World, session: Session, installation: Installation, page: ContactPage, following: str | None
) -> bool:
    """Keep a page and move on. False when another job has moved on before: its next page is queued."""
    take_records(world, session, installation, page.records, world.outside.clock.now())
    return _move_on(world, session, installation, following)


def _move_on(world: World, session: Session, installation: Installation, following: str | None) -> bool:
    now = world.outside.clock.now()
    moved = session.execute(
        update(Installation)
        .where(
            Installation.id == installation.id,
            Installation.sync_after.is_not_distinct_from(installation.sync_after),
            Installation.synced_at.is_(None),
        )
        .values(sync_after=following, synced_at=now if following is None else None)
    )
    return bool(moved.rowcount == 1)  # type: ignore[attr-defined]


def _store_owners(session: Session, installation: Installation, owners: Iterable[CrmOwner]) -> None:
    known = {
        owner.owner_id: owner
        for owner in session.scalars(select(Owner).where(Owner.installation_id == installation.id))
    }
    for owner in owners:
        row = known.get(owner.owner_id)
        if row is None:
            row = Owner(
                account_id=installation.account_id, installation_id=installation.id, owner_id=owner.owner_id
            )
            session.add(row)
        row.user_id, row.email, row.name = owner.user_id, owner.email, owner.name


def take_records(
    world: World,
    session: Session,
    installation: Installation,
    records: Sequence[ContactRecord],
    now: dt.datetime,
) -> None:
    """The contacts these records stand for, made or brought up to date. Older news never undoes newer.

    A record of an erased contact that the CRM has anew is a contact of its own; what was read of it before
    the erasure is left.
    """
    ordered = sorted(records, key=lambda record: record.modified_at)
    newest = {(record.object, record.record_id): record for record in ordered}
    known = _known_contacts(session, installation, newest)
    changed: list[Contact] = []
    added: dict[tuple[str, str], Contact] = {}
    for key, record in newest.items():
        contact = known.get(key)
        if contact is not None and contact.erased_at is not None:
            if record.is_archived or record.modified_at <= contact.erased_at:
                continue
            contact = None
        if contact is None:
            contact = added[key] = Contact(account_id=installation.account_id, created_at=now)
        elif contact.crm_modified_at is not None and contact.crm_modified_at > record.modified_at:
            continue
        elif not record.is_archived:
            contact.deleted_at = None
        _copy(world, contact, record)
        changed.append(contact)
    _add(session, installation, added, known)
    keys = {key for contact in changed for key in contact.keys}
    bar_erased(world, session, installation.account_id, keys, now)
    _keep_opt_outs(session, installation.account_id, changed)
    move_texts(session, installation.account_id, changed)


def _known_contacts(
    session: Session, installation: Installation, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Contact]:
    """The contacts of these (object, record id), locked in the order in which everybody locks them."""
    query = select(CrmRecord).where(
        CrmRecord.installation_id == installation.id,
        CrmRecord.record_id.in_({record_id for _, record_id in keys}),
    )
    aliases = list(session.scalars(query))
    rows = select(Contact).where(Contact.id.in_({alias.contact_id for alias in aliases})).order_by(Contact.id)
    locked = rows.with_for_update(key_share=True).execution_options(populate_existing=True)
    contacts = {contact.id: contact for contact in session.scalars(locked)}
    return {(alias.object, alias.record_id): contacts[alias.contact_id] for alias in aliases}


def _add(
    session: Session,
    installation: Installation,
    added: Mapping[tuple[str, str], Contact],
    known: Collection[tuple[str, str]],
) -> None:
    """Keep new contacts with their aliases. One that is known was an erased contact's and moves over."""
    session.add_all(added.values())
    session.flush()
    session.add_all(
        CrmRecord(
            account_id=installation.account_id,
            installation_id=installation.id,
            contact_id=contact.id,
            object=object_,
            record_id=record_id,
        )
        for (object_, record_id), contact in added.items()
        if (object_, record_id) not in known
    )
    for (object_, record_id), contact in added.items():
        if (object_, record_id) in known:
            alias = update(CrmRecord).where(
                CrmRecord.installation_id == installation.id,
                CrmRecord.object == object_,
                CrmRecord.record_id == record_id,
            )
            session.execute(alias.values(contact_id=contact.id))
    session.flush()


def _keep_opt_outs(session: Session, account_id: int, contacts: Sequence[Contact]) -> None:
    """Who told us no has said so, also where the CRM was read before it heard of it from us."""
    keys = {key for contact in contacts for key in contact.keys}
    query = select(Suppression.address).where(
        Suppression.account_id == account_id,
        Suppression.address.in_(keys),
        Suppression.reason.in_([reason for reason in SuppressionReason if reason.is_a_no]),
    )
    said_no = set(session.scalars(query))
    for contact in contacts:
        if said_no.intersection(contact.keys):
            contact.is_text_opted_out = contact.is_call_opted_out = contact.is_email_opted_out = True


def _copy(world: World, contact: Contact, record: ContactRecord) -> None:
    for name in _COPIED:
        if contact.is_consent_news and name.startswith("consent"):
            # The CRM was read before it heard from us.
            continue
        setattr(contact, name, getattr(record, name))
    region = world.settings.default_region
    contact.email_key = email_key(record.email)
    contact.phone_key = phone_key(record.phone, region)
    contact.mobile_key = phone_key(record.mobile, region)
    contact.crm_modified_at = record.modified_at


def read_stale(world: World, installation_id: int) -> None:
    """Read back the records that changed, in batches, until none is left."""
    budget, lease = Budget(world), partial(_lease_stale, world, installation_id=installation_id)
    while not budget.is_spent() and (stale := world.sessions.run(lease)):
        ids = [record_id for record_id, _ in stale]
        try:
            read = with_crm(world, installation_id, partial(_read, ids=ids))
        except OutsideError as error:
            failed = dict.fromkeys(ids, error)
            world.sessions.run(partial(_put_off, world, installation_id=installation_id, failed=failed))
            return
        _store_all(world, installation_id, stale, read)


def _read(crm: Crm, ids: Sequence[str]) -> ContactsRead:
    return crm.read_contacts(ids)


def _store_all(
    world: World, installation_id: int, stale: Sequence[tuple[str, int]], read: ContactsRead
) -> None:
    """Keep what came; what is gone ends its follow-up; what could not be read waits alone."""
    for record_id in sorted(read.gone):
        gone = partial(
            remove_contact,
            installation_id=installation_id,
            object_=_CONTACT,
            record_id=record_id,
            at=world.outside.clock.now(),
        )
        world.sessions.run(gone)
    for record_id, error in read.failed.items():
        _log.warning(
            "record.not_read", installation_id=installation_id, record_id=record_id, **error.loggable
        )
    waiting = {each: error for each, error in read.failed.items() if not isinstance(error, RefusedError)}
    if waiting:
        world.sessions.run(partial(_put_off, world, installation_id=installation_id, failed=waiting))
    done = [each for each in stale if each[0] not in waiting]
    world.sessions.run(
        partial(_store_read, world, installation_id=installation_id, stale=done, records=read.records)
    )


def _lease_stale(world: World, session: Session, installation_id: int) -> list[tuple[str, int]]:
    """Record ids to read now and how often each had changed when it was taken."""
    wall = world.outside.clock.wall()
    is_due = StaleRecord.retry_at.is_(None) | (StaleRecord.retry_at <= wall)
    query = select(StaleRecord).where(StaleRecord.installation_id == installation_id, is_due)
    query = query.order_by(StaleRecord.id).limit(_READ_AT_ONCE)
    rows = list(session.scalars(query.with_for_update(skip_locked=True)))
    for row in rows:
        row.retry_at = wall + world.settings.requeue_after
    return [(row.record_id, row.changes) for row in rows]


def _store_read(
    world: World,
    session: Session,
    installation_id: int,
    stale: Sequence[tuple[str, int]],
    records: Sequence[ContactRecord],
) -> None:
    installation = session.get_one(Installation, installation_id)
    take_records(world, session, installation, records, world.outside.clock.now())
    read = dict(stale)
    query = select(StaleRecord).where(
        StaleRecord.installation_id == installation_id, StaleRecord.record_id.in_(read)
    )
    rows = list(session.scalars(query.order_by(StaleRecord.id).with_for_update()))
    done = [row.id for row in rows if row.changes == read[row.record_id]]
    session.execute(delete(StaleRecord).where(StaleRecord.id.in_(done)))
    # One that changed again during the read is due at once.
    again = [row.id for row in rows if row.id not in done]
    session.execute(update(StaleRecord).where(StaleRecord.id.in_(again)).values(retry_at=None))


def _put_off(
    world: World, session: Session, installation_id: int, failed: Mapping[str, OutsideError]
) -> None:
    """Later, as the CRM says; where it does not, a little longer each time."""
    query = select(StaleRecord).where(
        StaleRecord.installation_id == installation_id, StaleRecord.record_id.in_(failed)
    )
    for row in session.scalars(query.order_by(StaleRecord.id).with_for_update()):
        error = failed[row.record_id]
        after = error.retry_after if isinstance(error, TryLaterError) else None
        row.attempts += 1
        seconds = after if after is not None else min(_LONGEST_WAIT, 2**row.attempts)
        row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=seconds)


def find_stale(world: World) -> list[int]:
    """Installations with records to read back whose job was lost."""
    wall = world.outside.clock.wall()
    with world.sessions.read() as session:
        query = (
            select(StaleRecord.installation_id)
            .join(Installation, Installation.id == StaleRecord.installation_id)
            .where(
                StaleRecord.retry_at.is_(None) | (StaleRecord.retry_at <= wall),
                Installation.state == InstallationState.ACTIVE,
            )
            .distinct()
        )
        return list(session.scalars(query))
