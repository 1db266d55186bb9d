"""Keys for the JSON API: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.store.models import ApiKey
from connector.use_cases.world import World

_PREFIX = "st_"
#: Of a key's 43 random characters so many are kept to know it by.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whom a key belongs to."""

    account_id: int
    key_name: str


def _hash(key: str) -> str:
    """Plain SHA-256: the key is 32 random bytes, so there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(world: World, account_id: int, name: str) -> str:
    """A new key of the account. It is returned here and never again."""
    key = _PREFIX + secrets.token_urlsafe(32)

    def store(session: Session) -> None:
        now = world.outside.clock.now()
        prefix = key[: len(_PREFIX) + _SHOWN]
        session.add(ApiKey(account_id=account_id, name=name, prefix=prefix, hash=_hash(key), created_at=now))

    world.sessions.run(store)
    return key


def find_holder(world: World, key: str) -> KeyHolder | None:
    """Whom the key belongs to; None for an unknown or revoked one, for which nothing is locked."""
    usable = select(ApiKey.id).where(ApiKey.hash == _hash(key), ApiKey.revoked_at.is_(None))
    with world.sessions.read() as reading:
        if reading.scalar(usable) is None:
            return None

    def find(session: Session) -> KeyHolder | None:
        query = select(ApiKey).where(ApiKey.hash == _hash(key), ApiKey.revoked_at.is_(None))
        row = session.scalars(query).first()
        if row is None:
            return None
        row.last_used_at = world.outside.clock.now()
        return KeyHolder(row.account_id, row.name)

    return world.sessions.run(find)


def revoke(world: World, account_id: int, key_id: int) -> bool:
    """End a key. False when the account has no such key."""

    def end(session: Session) -> bool:
        row = session.scalars(
            select(ApiKey).where(ApiKey.id == key_id, ApiKey.account_id == account_id)
        ).first()
        if row is None:
            return False
        row.revoked_at = row.revoked_at or world.outside.clock.now()
        return True

    return world.sessions.run(end)
