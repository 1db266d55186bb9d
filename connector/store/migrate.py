"""Brings the database's schema up to date: `python -m connector.store.migrate`."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from connector.settings import SettingsError, load_settings
from connector.store.sessions import open_engine

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number will do, as long as nothing else locks it.
_LOCK = 671_006
_MIGRATE = "`python -m connector.store.migrate`"


class SchemaError(Exception):
    """The database is not at the revision that this code needs. The message says what to do."""


def migrate(engine: Engine, to: str = "head") -> None:
    """Run the revisions that are missing, all or none. Safe when several run at once: one waits.

    Raises SchemaError for a database that a newer release has migrated.
    """
    with engine.begin() as connection:
        _wait_for_others(connection)
        at = _at(connection)
        _refuse_unknown(at)
        if at != head_revision():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)


def require_head(engine: Engine) -> None:
    """Raise SchemaError unless the database is at the revision that this code needs."""
    at, needed = current_revision(engine), head_revision()
    _refuse_unknown(at)
    if at is None:
        raise SchemaError(f"The database has no tables yet: run {_MIGRATE}, then start again.")
    if at != needed:
        raise SchemaError(
            f"The database is at revision {at} and this release needs {needed}: run {_MIGRATE}, then start again."
        )


def _refuse_unknown(at: str | None) -> None:
    known = {revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions()}
    if at is not None and at not in known:
        raise SchemaError(
            f"The database is at revision {at}, which this release does not know: a newer one has migrated it. "
            "Start that release, or restore the backup that was made before."
        )


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; None when it is empty."""
    with engine.connect() as connection:
        return _at(connection)


def head_revision() -> str | None:
    """The revision this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _at(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _wait_for_others(connection: Connection) -> None:
    # SQLite's transaction is immediate: it has waited already.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def main() -> int:
    """Migrate the database of the settings. Exit code 1 with a sentence when it cannot."""
    try:
        settings = load_settings()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(open_engine(settings.database))
    except (SettingsError, SchemaError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"The database cannot be reached (DATABASE_URL): {error.orig}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
