"""The presets that ship with the product: every account has them, with their own caps approved."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.sequence_files import digest_of, presets
from connector.domain.caps import OwnCaps
from connector.store.models import Account, CapsAct, CapsChange, SequenceRow
from connector.use_cases.caps import approve_now, ask_again
from connector.use_cases.sequences import list_published, publish, sequence_of
from connector.use_cases.world import World

#: Who approves what an update brings; at installation it is whoever installs.
_THE_UPDATE = "an update of Sixth Touch"
#: Presets as they shipped before, which a newer one replaces. An account's own edition stays.
REPLACED = frozenset({"54c622eef0164d1fdeba1e9008ff71e07ee3db4a0fc7bce5373872f0f5f97681"})


def publish_presets(session: Session, account_id: int, by: str, now: dt.datetime) -> None:
    """Give a new account the presets; with the installation its admin approves their own caps."""
    for definition in presets():
        _publish(session, account_id, definition, by, now)


def renew_presets(world: World) -> None:
    """Give every account the presets that it has not got, or has in the edition of before."""
    with world.sessions.read() as session:
        accounts = list(session.scalars(select(Account.id).order_by(Account.id)))
        wanting = [account_id for account_id in accounts if _lacking(session, account_id)]
    for account_id in wanting:
        world.sessions.run(partial(_renew, world, account_id))


def _renew(world: World, account_id: int, session: Session) -> None:
    for definition in _lacking(session, account_id):
        _publish(session, account_id, definition, _THE_UPDATE, world.outside.clock.now())


def _lacking(session: Session, account_id: int) -> list[dict[str, Any]]:
    had = {sequence_of(version).key: version.digest for version in list_published(session, account_id)}
    return [
        definition
        for definition in presets()
        if had.get(definition["key"]) in (None, *REPLACED)
        and had.get(definition["key"]) != digest_of(definition)
    ]


def _publish(
    session: Session, account_id: int, definition: dict[str, Any], by: str, now: dt.datetime
) -> None:
    version = publish(session, account_id, definition, now)
    row = session.get_one(SequenceRow, version.sequence_id)
    own = sequence_of(version).caps
    if (
        own.given
        and not OwnCaps(**(row.approved_caps or {})).covers(own)
        and not _was_revoked(session, row.id)
    ):
        approve_now(session, row, own.given, by, now)
        ask_again(session, account_id, now)


def _was_revoked(session: Session, sequence_id: int) -> bool:
    """Whether an admin has taken the approval back: no update gives it again."""
    acts = select(CapsChange.act).where(CapsChange.sequence_id == sequence_id)
    return session.scalars(acts.order_by(CapsChange.id.desc()).limit(1)).first() is CapsAct.REVOKED
