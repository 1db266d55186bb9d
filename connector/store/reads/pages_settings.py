"""What the settings pages and the API ask of the account itself: its keys, its installations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.store.models import ApiKey, CrmRecord, Installation, InstallationState


@dataclass(frozen=True, slots=True)
class KeyLine:
    """An API key as it is listed; the key itself is not kept."""

    key_id: int
    name: str
    prefix: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None


def read_keys(session: Session, account_id: int) -> tuple[KeyLine, ...]:
    """The account's API keys, the usable ones first, newest first."""
    rows = session.scalars(
        select(ApiKey)
        .where(ApiKey.account_id == account_id)
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.created_at.desc(), ApiKey.id.desc())
    )
    return tuple(
        KeyLine(row.id, row.name, row.prefix, row.created_at, row.last_used_at, row.revoked_at)
        for row in rows
    )


def find_installation_for(session: Session, account_id: int, crm_object: str, record_id: str) -> int | None:
    """The installation in which a record lives, or the account's first; None when none is connected.

    A record that no installation knows yet is looked for in the account's first CRM.
    """
    usable = (Installation.account_id == account_id, Installation.state == InstallationState.ACTIVE)
    known = session.scalar(
        select(Installation.id)
        .join(CrmRecord, CrmRecord.installation_id == Installation.id)
        .where(*usable, CrmRecord.object == crm_object, CrmRecord.record_id == record_id)
        .order_by(Installation.id)
        .limit(1)
    )
    if known is not None:
        return known
    return session.scalar(select(Installation.id).where(*usable).order_by(Installation.id).limit(1))
