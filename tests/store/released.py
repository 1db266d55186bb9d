"""A database as a release left it: its schema, and rows of every table as its code wrote them.

`released/0001.json` is a run of that code: Dana is in the middle of her first day, Erin texted STOP; a
webhook event is not handled yet, a record is to be read back. It is never changed.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, Integer, MetaData, Table, insert, select, text

_FOLDER = Path(__file__).parent / "released"
Rows = dict[str, list[dict[str, Any]]]


def tables(engine: Engine) -> dict[str, Table]:
    """The tables as the database has them, in an order in which they can be filled."""
    metadata = MetaData()
    metadata.reflect(engine)
    return {table.name: table for table in metadata.sorted_tables if table.name != "alembic_version"}


def fill(engine: Engine, revision: str, known: dict[str, Table]) -> None:
    """Insert a release's rows as that release does: with the columns it knows."""
    rows: Rows = json.loads((_FOLDER / f"{revision}.json").read_text(encoding="utf-8"))
    assert set(rows) == set(known)
    with engine.begin() as connection:
        for name, table in known.items():
            connection.execute(insert(table), [_typed(table, row) for row in rows[name]])
            if engine.dialect.name == "postgresql" and isinstance(table.c.id.type, Integer):
                count = f"pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT max(id) FROM \"{name}\")"
                connection.execute(text(f"SELECT setval({count})"))


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    assert set(row) == set(table.c.keys())
    return {
        name: dt.datetime.fromisoformat(value)
        if value and isinstance(table.c[name].type, DateTime)
        else value
        for name, value in row.items()
    }


def rows_of(engine: Engine, columns: dict[str, list[str]]) -> Rows:
    """What stands in these columns."""
    there = tables(engine)
    with engine.connect() as connection:
        return {
            name: [
                dict(row._mapping)
                for row in connection.execute(
                    select(*(there[name].c[each] for each in names)).order_by(there[name].c.id)
                )
            ]
            for name, names in columns.items()
        }
