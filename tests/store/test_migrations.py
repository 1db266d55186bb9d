"""The migrations lead to exactly what the models say, and may be run by anyone at any time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from connector.store.migrate import current_revision, head_revision, migrate
from connector.store.models import Base
from connector.store.sessions import open_engine

_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
_POSTGRESQL = """
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       AND conrelid::regclass::text != 'alembic_version'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes
      WHERE schemaname = 'public' AND tablename != 'alembic_version'
    UNION ALL SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable,
      character_maximum_length, column_default) FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name != 'alembic_version'
"""


def described(engine: Engine) -> set[tuple[str, str, str]]:
    """All tables, constraints and indexes, checks and partial indexes too, as the database tells them."""
    query = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return {(kind, name, in_one_order(sql)) for kind, name, sql in rows}


def in_one_order(sql: str) -> str:
    """SQLite keeps a table's text as it was written or altered; the order of its clauses means nothing."""
    head, _, clauses = sql.partition("(")
    alone = re.split(r",\s*(?![^()]*\))", clauses.strip().removesuffix(")"))
    name = head.replace('"', "").strip()
    return f"{name}: " + "; ".join(sorted(re.sub(r"\s+", " ", each).strip() for each in alone))


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_autogenerate_finds_no_difference_between_models_and_migrations(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_makes_every_table_check_and_index_of_the_models(empty: Engine) -> None:
    Base.metadata.create_all(empty)
    wanted = described(empty)
    Base.metadata.drop_all(empty)
    migrate(empty)
    assert described(empty) == wanted


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    before = described(engine)
    migrate(engine)
    assert described(engine) == before
    assert current_revision(engine) == head_revision() is not None


def start(database_url: str, data_dir: Path) -> subprocess.Popen[str]:
    """A process that migrates, as `release` in the Procfile does."""
    return subprocess.Popen(
        [sys.executable, "-m", "connector.store.migrate"],
        env={**os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(data_dir)},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_migrations_at_the_same_time_all_succeed(empty_database_url: str, tmp_path: Path) -> None:
    running = [start(empty_database_url, tmp_path) for _ in range(3)]
    ended = [(process.communicate()[1], process.returncode) for process in running]
    assert ended == [("", 0)] * 3


def test_an_unreachable_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    process = start("sqlite:////nowhere/at/all.db", tmp_path)
    told = process.communicate()[1]
    assert process.returncode == 1
    assert told.startswith("The database cannot be reached (DATABASE_URL)")
    assert "Traceback" not in told
