"""Seal every secret of the database anew for the keys of today, while everything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Column, Table, func, select, update
from sqlalchemy.orm import Session

from connector.store.models import Base
from connector.use_cases.world import World

#: What a column of sealed text is called, in every table: so a new one is found by itself.
_SEALED = "sealed_"
_AT_ONCE = 50


@dataclass(slots=True)
class Rotation:
    """How far it is. `lost` names what none of our keys opens, as table and id."""

    total: int = 0
    resealed: int = 0
    of_today: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many secrets were looked at."""
        return self.resealed + self.of_today + len(self.lost)

    @property
    def may_drop_old_keys(self) -> bool:
        """Whether every secret was sealed for the newest key before this run.

        What this run sealed anew shows that a process with the old list may still be at work, and seal for the
        old key alone again: only a run that finds nothing to do, after all were restarted, says that none is.
        """
        return not self.lost and not self.resealed


def sealed_columns() -> Iterator[tuple[Table, Column[str]]]:
    """Every column that holds sealed text."""
    for table in Base.metadata.sorted_tables:
        yield from ((table, column) for column in table.columns if column.name.startswith(_SEALED))


def rotate_keys(world: World, note: Callable[[Rotation], None] = lambda _: None) -> Rotation:
    """Reseal what is not sealed for the keys of today, a few rows a transaction; `note` hears how far it is.

    It may be ended and begun again at any time: what is done is seen to be done.
    """
    rotation = Rotation()
    with world.sessions.read() as session:
        for table, column in sealed_columns():
            rotation.total += session.scalar(select(func.count()).where(column != "").select_from(table)) or 0
    for table, column in sealed_columns():
        after: int | None = 0
        while after is not None:
            batch, after = world.sessions.run(partial(_batch, world, table=table, column=column, after=after))
            rotation.resealed += batch.resealed
            rotation.of_today += batch.of_today
            rotation.lost += batch.lost
            if batch.done:
                note(rotation)
    return rotation


def _batch(
    world: World, session: Session, table: Table, column: Column[str], after: int
) -> tuple[Rotation, int | None]:
    """What became of the next rows, and the last one's id; None when there were none."""
    query = select(table.c.id, column).where(table.c.id > after, column != "").order_by(table.c.id)
    rows = session.execute(query.limit(_AT_ONCE).with_for_update(key_share=True)).all()
    batch = Rotation()
    for row_id, sealed in rows:
        try:
            fresh = world.outside.vault.reseal(sealed)
        except ValueError:
            batch.lost.append(f"{table.name} {row_id}")
            continue
        if fresh == sealed:
            batch.of_today += 1
            continue
        session.execute(update(table).where(table.c.id == row_id).values({column.name: fresh}))
        batch.resealed += 1
    return batch, (rows[-1][0] if rows else None)
