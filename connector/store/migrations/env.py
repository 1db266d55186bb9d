"""How Alembic reaches the database: by the connection it is handed, or by the settings."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from connector.settings import load_settings
from connector.store.models import Base
from connector.store.sessions import open_engine
from connector.store.types import UtcDateTime


def plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Revisions name no type of ours: they must still run when it is gone."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    """Run what Alembic was asked for, in the connection's transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=plain_types,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with open_engine(load_settings().database).begin() as opened:
        run(opened)
