"""Sequences of an account: published as immutable versions, found by their key."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.content.sequence_files import digest_of, parse_definition
from connector.domain.replies.keywords import keyword_in
from connector.domain.sequence import Sequence
from connector.store.models import SequenceRow, SequenceVersion


class UnknownSequenceError(Exception):
    """The account has no published sequence of that key. The message names those it has."""


class KeywordTakenError(Exception):
    """Another sequence of the account has this keyword. The message names both."""


#: Versions are immutable, so what was parsed once is kept, by the definition's digest.
_plans: dict[str, Sequence] = {}


def sequence_of(version: SequenceVersion) -> Sequence:
    """A version's plan, typed."""
    if version.digest not in _plans:
        _plans[version.digest] = parse_definition(version.definition)
    return _plans[version.digest]


def publish(
    session: Session, account_id: int, definition: dict[str, Any], now: dt.datetime
) -> SequenceVersion:
    """Publish a checked definition: a new version unless the newest says just the same.

    Raises KeywordTakenError.
    """
    plan = parse_definition(definition)
    _check_keywords(session, account_id, plan)
    row = session.scalars(
        select(SequenceRow).where(SequenceRow.account_id == account_id, SequenceRow.key == plan.key)
    ).first()
    if row is None:
        row = SequenceRow(account_id=account_id, key=plan.key, name=plan.name)
        session.add(row)
        session.flush()
    newest = newest_version(session, row.id)
    digest = digest_of(definition)
    if newest is not None and newest.digest == digest:
        return newest
    row.name = plan.name
    version = SequenceVersion(
        account_id=account_id,
        sequence_id=row.id,
        number=1 if newest is None else newest.number + 1,
        definition=definition,
        digest=digest,
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version


def _check_keywords(session: Session, account_id: int, plan: Sequence) -> None:
    """A text must not begin two sequences."""
    for other in map(sequence_of, list_published(session, account_id) if plan.keywords else []):
        for keyword in plan.keywords:
            if other.key != plan.key and keyword_in(keyword, other):
                raise KeywordTakenError(f"the keyword {keyword!r} is that of “{other.name}” already")


def newest_version(session: Session, sequence_id: int) -> SequenceVersion | None:
    """The edition that new enrollments go through."""
    query = select(SequenceVersion).where(SequenceVersion.sequence_id == sequence_id)
    return session.scalars(query.order_by(SequenceVersion.number.desc()).limit(1)).first()


def find_published(session: Session, account_id: int, key: str) -> SequenceVersion:
    """The newest version of the account's sequence `key`. Raises UnknownSequenceError."""
    row = session.scalars(
        select(SequenceRow).where(SequenceRow.account_id == account_id, SequenceRow.key == key)
    ).first()
    version = newest_version(session, row.id) if row else None
    if version is None:
        known = session.scalars(select(SequenceRow.key).where(SequenceRow.account_id == account_id))
        raise UnknownSequenceError(
            f"there is no sequence {key!r}; published are: {', '.join(sorted(known)) or 'none yet'}"
        )
    return version


def list_published(session: Session, account_id: int) -> list[SequenceVersion]:
    """The newest version of every sequence of the account, by key."""
    newest = (
        select(SequenceVersion.sequence_id, func.max(SequenceVersion.number).label("number"))
        .where(SequenceVersion.account_id == account_id)
        .group_by(SequenceVersion.sequence_id)
        .subquery()
    )
    query = (
        select(SequenceVersion)
        .join(
            newest,
            (newest.c.sequence_id == SequenceVersion.sequence_id)
            & (newest.c.number == SequenceVersion.number),
        )
        .join(SequenceRow, SequenceRow.id == SequenceVersion.sequence_id)
        .order_by(SequenceRow.key)
    )
    return list(session.scalars(query))
