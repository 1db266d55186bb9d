"""INSERT … ON CONFLICT: both databases have it, each in a dialect of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connector.store.models import Base


def insert_many(session: Session, statement: Insert, rows: list[dict[str, Any]]) -> None:
    """Execute an insert for many rows: compiled once, whatever their number, and no objects are made of them."""
    session.connection().execute(statement, rows)


def insert_into(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens on a conflict."""
    return _insert_into(session.get_bind().dialect.name, model)


@lru_cache
def _insert_into(dialect: str, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Kept, because to name what was `excluded` copies all of a table's columns."""
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)
