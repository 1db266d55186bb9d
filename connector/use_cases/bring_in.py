"""Bring in a contact whom no sync has brought yet, while whoever asks for it waits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from connector.ports import ContactsRead, OutcomeUnknownError, TryLaterError
from connector.store.models import Installation
from connector.use_cases.crm_access import with_crm
from connector.use_cases.sync import take_records
from connector.use_cases.world import World

_WITHIN_SECONDS = 3.0
_MOMENT_SECONDS = 0.2


def bring_in(world: World, installation_id: int, record_id: str) -> bool:
    """Read the record and keep it, at a second or third try where the trouble may be a moment's.

    A workflow asks once: whom it is told to be blocked may never be followed up. False when the CRM has no
    such record. Raises the four errors.
    """
    until = time.monotonic() + _WITHIN_SECONDS
    while True:
        try:
            return _bring_in(world, installation_id, record_id)
        except (OutcomeUnknownError, TryLaterError) as error:
            wait = error.retry_after if isinstance(error, TryLaterError) else None
            wait = _MOMENT_SECONDS if wait is None else wait
            if time.monotonic() + wait > until:
                raise
            time.sleep(wait)


def _bring_in(world: World, installation_id: int, record_id: str) -> bool:
    read = world.reads.read(installation_id, record_id, partial(_read_and_keep, world, installation_id))
    for error in read.failed.values():
        raise error
    return bool(read.records)


def _read_and_keep(world: World, installation_id: int, record_ids: Sequence[str]) -> ContactsRead:
    """In one transaction for all who wait: each its own would have them wait for each other."""
    read = with_crm(world, installation_id, lambda crm: crm.read_contacts(record_ids))

    def keep(session: Session) -> None:
        installation = session.get_one(Installation, installation_id)
        take_records(world, session, installation, read.records, world.outside.clock.now())

    if read.records:
        world.sessions.run(keep)
    return read
