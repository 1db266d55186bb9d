"""What watchers ask for over and over is found by an index, however many rows there are."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine, event

from connector.store.reads import load
from connector.store.sessions import Sessions
from tests.engine.fakes import TUESDAY

#: They hold the few rows that are open, whatever the table holds.
PARTIAL = ("ix_enrollment_due", "ix_inbox_event_open", "ix_activity_behind", "ix_contact_write_behind")


def plans(engine: Engine) -> list[str]:
    """How the database goes about every query of the metrics, a step each."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with Sessions(engine).read() as session:
        load.read_load(session, TUESDAY)
        load.read_sends(session, TUESDAY)
        load.read_refusals(session, TUESDAY)
        load.read_webhooks(session, TUESDAY, ["twilio"])
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 8
    return [step for statement, parameters in asked for step in plan(engine, statement, parameters)]


def plan(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """The plan's steps; PostgreSQL would read these small tables whole, were it not told otherwise."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [str(row[-1]) for row in rows]
        connection.exec_driver_sql("SET enable_seqscan = off")
        return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def test_no_metric_reads_a_table_whole(engine: Engine) -> None:
    whole = re.compile(r"^SCAN (?!installation\b)|Seq Scan on (?!installation\b)")
    reads = [step for step in plans(engine) if whole.search(step)]
    assert [step for step in reads if not step.endswith(PARTIAL)] == []
