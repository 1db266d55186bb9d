"""Sequences as the pages show them: the list, and one with its versions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.store.models import Enrollment, SequenceRow, SequenceVersion


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One published version: who goes through it now, and who ever did."""

    version_id: int
    number: int
    published_at: dt.datetime
    live: int
    total: int


@dataclass(frozen=True, slots=True)
class SequencePage:
    """A sequence, one of its versions in full, and all of them in short, newest first."""

    key: str
    name: str
    number: int
    definition: dict[str, Any]
    versions: tuple[VersionLine, ...]


@dataclass(frozen=True, slots=True)
class SequenceLine:
    """A sequence of the list: its newest version, and who goes through any."""

    key: str
    name: str
    number: int
    definition: dict[str, Any]
    live: int


def read_sequences(session: Session, account_id: int) -> tuple[SequenceLine, ...]:
    """The account's sequences by name, in two queries."""
    rows = session.execute(
        select(SequenceRow, SequenceVersion)
        .join(SequenceVersion, SequenceVersion.sequence_id == SequenceRow.id)
        .where(SequenceRow.account_id == account_id)
        .order_by(SequenceRow.name, SequenceVersion.number)
    ).all()
    newest = {row.id: (row, version) for row, version in rows}
    live: Counter[int] = Counter()
    counts = session.execute(
        select(SequenceVersion.sequence_id, func.count())
        .join(Enrollment, Enrollment.sequence_version_id == SequenceVersion.id)
        .where(Enrollment.account_id == account_id, Enrollment.state != State.ENDED)
        .group_by(SequenceVersion.sequence_id)
    )
    for sequence_id, count in counts:
        live[sequence_id] = count
    return tuple(
        SequenceLine(row.key, row.name, version.number, version.definition, live[row.id])
        for row, version in newest.values()
    )


def read_sequence(session: Session, account_id: int, key: str, number: int | None) -> SequencePage | None:
    """A sequence at a version (None: the newest); None when the account has no such one."""
    is_live = case((Enrollment.state != State.ENDED, 1), else_=0)
    rows = session.execute(
        select(SequenceRow, SequenceVersion, func.count(Enrollment.id), func.coalesce(func.sum(is_live), 0))
        .join(SequenceVersion, SequenceVersion.sequence_id == SequenceRow.id)
        .outerjoin(Enrollment, Enrollment.sequence_version_id == SequenceVersion.id)
        .where(SequenceRow.account_id == account_id, SequenceRow.key == key)
        .group_by(SequenceRow.id, SequenceVersion.id)
        .order_by(SequenceVersion.number.desc())
    ).all()
    shown = next((row for row in rows if number is None or row[1].number == number), None)
    if shown is None:
        return None
    versions = tuple(
        VersionLine(version.id, version.number, version.published_at, int(live or 0) if total else 0, total)
        for _, version, total, live in rows
    )
    return SequencePage(shown[0].key, shown[0].name, shown[1].number, shown[1].definition, versions)
