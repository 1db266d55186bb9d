"""The url map filled in with one account's own ids: what a stranger would try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.routing import Rule

from connector.store.models import Base
from connector.web.access import Access, access_of
from tests.web.neighborhood import Neighborhood
from tests.web.test_access import _VALUES as WORDS

#: Arguments whose table has another name.
_TABLES = {"key": "api_key", "text": "unknown_text"}
#: What asking may write down anywhere: when a key was used, who signed in.
_NOTED = {("api_key", "last_used_at")}


@dataclass(frozen=True)
class Call:
    """One way to call a route; `names_a_row` when its address holds an id of the account's."""

    rule: str
    method: str
    path: str
    names_a_row: bool


def ids_of(hood: Neighborhood, account_id: int) -> dict[str, Any]:
    """The first id that the account has in every table, by the name of a route's argument."""
    found: dict[str, Any] = {}
    with hood.world.sessions.read() as session:
        for table in Base.metadata.sorted_tables:
            if {"account_id", "id"} <= set(table.columns.keys()):
                mine = select(table.c.id).where(table.c.account_id == account_id).order_by(table.c.id)
                found[f"{table.name}_id"] = session.scalars(mine.limit(1)).first()
    found |= {f"{name}_id": found[f"{table}_id"] for name, table in _TABLES.items()}
    return {name: value for name, value in found.items() if value is not None}


def calls(hood: Neighborhood, ids: dict[str, Any], *levels: Access) -> Iterator[Call]:
    """Every route of these levels by each of its methods, the account's ids filled in."""
    adapter = hood.app.url_map.bind("followup.example", url_scheme="https")
    for rule in hood.app.url_map.iter_rules():
        if access_of(hood.app, rule.endpoint) not in levels:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            values = {name: _value(rule, name, ids) for name in rule.arguments}
            path = adapter.build(rule.endpoint, values, method=method)
            yield Call(rule.rule, method, path, any(name.endswith("_id") for name in rule.arguments))


def _value(rule: Rule, name: str, ids: dict[str, Any]) -> Any:
    if name in ids:
        return ids[name]
    assert not name.endswith("_id"), (
        f"{rule.rule}: give Alice a row for {name} in `furnish`, so that it is tried"
    )
    assert name in WORDS, f"{rule.rule}: say in test_access what {name} may be"
    return WORDS[name]


def rows(hood: Neighborhood, account_id: int | None = None) -> dict[tuple[Any, ...], Any]:
    """Every row, or every row of one account, by table and id."""
    found: dict[tuple[Any, ...], Any] = {}
    with hood.world.sessions.read() as session:
        for table in Base.metadata.sorted_tables:
            query = select(table)
            if account_id is not None:
                if "account_id" not in table.columns:
                    continue
                query = query.where(table.c.account_id == account_id)
            for row in session.execute(query).mappings():
                kept = {name: value for name, value in row.items() if (table.name, name) not in _NOTED}
                found[table.name, *(row[column.name] for column in table.primary_key)] = kept
    return found
