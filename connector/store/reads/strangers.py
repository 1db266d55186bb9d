"""Whose it is what comes from numbers that nobody knows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.store.models import Account


def account_of_strangers(session: Session) -> int | None:
    """The account, when there is one alone; of several that share our number none may see it."""
    ids = list(session.scalars(select(Account.id).limit(2)))
    return ids[0] if len(ids) == 1 else None
