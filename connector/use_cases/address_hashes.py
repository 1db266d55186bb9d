"""Keyed hashes of erased addresses: enough to know an address again, nothing to read it from.

Each account has a key of its own, which is kept encrypted: a telephone number has so few values that a
hash without a key would be as good as the number.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.store.models import Account, Suppression
from connector.use_cases.stop import suppress
from connector.use_cases.world import World

_KNOWN_AGAIN = "known again by its hash, after an erasure"


def owner_of_key(account_id: int) -> str:
    """What an account's key is bound to inside the ciphertext."""
    return f"account:{account_id}:hash"


def find_key(world: World, account: Account) -> bytes | None:
    """The account's key, None while nothing was erased. Raises ValueError when no key of ours opens it."""
    if not account.sealed_hash_key:
        return None
    return bytes.fromhex(world.outside.vault.open(owner_of_key(account.id), account.sealed_hash_key))


def find_or_make_key(world: World, account: Account) -> bytes:
    """The account's key, made at the first erasure. The account's row is locked by the caller."""
    key = find_key(world, account)
    if key is None:
        key = secrets.token_bytes(32)
        account.sealed_hash_key = world.outside.vault.seal(owner_of_key(account.id), key.hex())
    return key


def hash_address(key: bytes, address: str) -> str:
    """The hash that stands in a suppression in place of a normalised address."""
    return hmac.new(key, address.encode(), "sha256").hexdigest()


def bar_erased(
    world: World, session: Session, account_id: int, addresses: Iterable[str], now: dt.datetime
) -> None:
    """Bar, in plain again, those of these addresses that an erasure left a hash of.

    Whatever brings addresses into the database asks this in the same transaction, after its rows are
    in it: so an address of any contact is barred in plain, and nobody else has to know of hashes. The
    account's row is share-locked: an erasure at the same time has either left its hash or will see the rows.
    """
    query = select(Account).where(Account.id == account_id).with_for_update(read=True, key_share=True)
    account = session.scalars(query.execution_options(populate_existing=True)).one()
    key = find_key(world, account)
    if key is None:
        return
    for address, row in _known(session, account_id, {hash_address(key, each): each for each in addresses}):
        suppress(session, account_id, [address], row.reason, _KNOWN_AGAIN, now)


def _known(session: Session, account_id: int, addresses: Mapping[str, str]) -> list[tuple[str, Suppression]]:
    """Of addresses by their hashes those that are barred, with the row that bars them."""
    query = select(Suppression).where(
        Suppression.account_id == account_id,
        Suppression.is_hashed,
        Suppression.address.in_(addresses),
    )
    return [(addresses[row.address], row) for row in session.scalars(query)]
