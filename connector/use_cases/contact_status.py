"""The contact's properties in the CRM: computed when they are written, so that the newest wins."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.touch import ATTEMPTED
from connector.ports import (
    ContactStatus,
    ContactUpdate,
    Crm,
    Fault,
    OutsideError,
    RefusedError,
    TryLaterError,
    Written,
)
from connector.store.models import Contact, ContactWrite, Enrollment, SequenceVersion, Touch
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import with_crm
from connector.use_cases.record_events import mark_all_stale
from connector.use_cases.sequences import sequence_of
from connector.use_cases.world import World

_BATCH = 100
_POSITION_FORMAT = 1
_log = structlog.get_logger(__name__)


def write_statuses(world: World, installation_id: int, budget: Budget) -> None:
    """Bring the properties of all contacts that are behind up to date. Raises the four errors."""
    collect = partial(_collect, world, installation_id=installation_id)
    while not budget.is_spent() and (updates := world.sessions.run(collect)):
        try:
            results = with_crm(world, installation_id, partial(_write, updates=list(updates.values())))
        except OutsideError as error:
            results = [Written(each.key, error=error) for each in updates.values()]
            world.sessions.run(partial(_note, world, updates=updates, results=results))
            raise
        world.sessions.run(partial(_note, world, updates=updates, results=results))


def _write(crm: Crm, updates: Sequence[ContactUpdate]) -> list[Written]:
    return crm.update_contacts(updates)


def _collect(world: World, session: Session, installation_id: int) -> dict[tuple[int, int], ContactUpdate]:
    """Updates by (row id, revision), at most a batch."""
    wall = world.outside.clock.wall()
    query = (
        select(
            ContactWrite.id,
            ContactWrite.revision,
            ContactWrite.record_id,
            ContactWrite.contact_id,
            Contact.is_text_opted_out,
            Contact.is_call_opted_out,
            Contact.consent,
            Contact.consent_evidence,
            Contact.is_consent_news,
        )
        .join(Contact, Contact.id == ContactWrite.contact_id)
        .where(
            ContactWrite.installation_id == installation_id,
            ContactWrite.written_revision < ContactWrite.revision,
            ContactWrite.retry_at.is_(None) | (ContactWrite.retry_at <= wall),
        )
        .order_by(ContactWrite.id)
        .limit(_BATCH)
        .with_for_update(of=ContactWrite, skip_locked=True)
    )
    rows = session.execute(query).all()
    if not rows:
        return {}
    # Whatever comes of it, a row is not taken again at once.
    until = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    taken = update(ContactWrite).where(ContactWrite.id.in_([row.id for row in rows]))
    session.execute(taken.values(retry_at=until), execution_options={"synchronize_session": False})
    latest = _latest_enrollments(session, [row.contact_id for row in rows])
    counts = _counts(session, [enrollment.id for enrollment, _ in latest.values()])
    return {
        (row.id, row.revision): ContactUpdate(
            str(row.id),
            row.record_id,
            _status(row, latest.get(row.contact_id), counts),
        )
        for row in rows
    }


def _latest_enrollments(
    session: Session, contact_ids: Sequence[int]
) -> dict[int, tuple[Enrollment, SequenceVersion]]:
    newest = (
        select(func.max(Enrollment.id))
        .where(Enrollment.contact_id.in_(contact_ids))
        .group_by(Enrollment.contact_id)
    )
    enrollments = session.scalars(select(Enrollment).where(Enrollment.id.in_(newest))).all()
    # Not joined: a definition is long, and would be read once for each of its enrollments.
    versions = _versions(session, {enrollment.sequence_version_id for enrollment in enrollments})
    return {each.contact_id: (each, versions[each.sequence_version_id]) for each in enrollments}


def _versions(session: Session, ids: Collection[int]) -> dict[int, SequenceVersion]:
    query = select(SequenceVersion).where(SequenceVersion.id.in_(ids))
    return {version.id: version for version in session.scalars(query)}


def _counts(session: Session, enrollment_ids: Sequence[int]) -> dict[int, tuple[int, dt.datetime | None]]:
    query = (
        select(Touch.enrollment_id, func.count(), func.max(Touch.sent_at))
        .where(Touch.enrollment_id.in_(enrollment_ids), Touch.state.in_(ATTEMPTED))
        .group_by(Touch.enrollment_id)
    )
    return {enrollment_id: (count, last) for enrollment_id, count, last in session.execute(query)}


def _status(
    row: Any,
    latest: tuple[Enrollment, SequenceVersion] | None,
    counts: dict[int, tuple[int, dt.datetime | None]],
) -> ContactStatus:
    no_text = True if row.is_text_opted_out else None
    no_call = True if row.is_call_opted_out else None
    # Only what we were the first to hear: all other consent is the CRM's to say.
    consent = row.consent.value if row.is_consent_news else None
    evidence = row.consent_evidence if row.is_consent_news else None
    if latest is None:
        return ContactStatus(
            consent=consent, consent_evidence=evidence, text_opt_out=no_text, call_opt_out=no_call
        )
    enrollment, version = latest
    plan = sequence_of(version)
    step = (
        plan.step(enrollment.step_id) if enrollment.step_id and enrollment.state is not State.ENDED else None
    )
    attempts, last_touch_at = counts.get(enrollment.id, (0, None))
    return ContactStatus(
        status=enrollment.state.value,
        outcome=enrollment.outcome.value if enrollment.outcome else "",
        sequence=f"{plan.name} (version {version.number})",
        step=step.name if step else "",
        attempts=attempts,
        last_touch_at=last_touch_at or "",
        next_touch_at=enrollment.next_touch_at or "",
        position=_position(enrollment, version, plan.key),
        consent=consent,
        consent_evidence=evidence,
        text_opt_out=no_text,
        call_opt_out=no_call,
    )


def _position(enrollment: Enrollment, version: SequenceVersion, key: str) -> str:
    """Where the enrollment stands, for machines: enough to find its place again."""
    return json.dumps(
        {
            "v": _POSITION_FORMAT,
            "enrollment": enrollment.id,
            "sequence": key,
            "version": version.number,
            "digest": version.digest[:12],
            "step": enrollment.step_id,
            "state": enrollment.state.value,
            "enrolled_at": enrollment.enrolled_at.isoformat(),
        },
        separators=(",", ":"),
    )


def _note(
    world: World,
    session: Session,
    updates: dict[tuple[int, int], ContactUpdate],
    results: Sequence[Written],
) -> None:
    by_key = {result.key: result for result in results}
    wall = world.outside.clock.wall()
    query = select(ContactWrite).where(ContactWrite.id.in_([row_id for row_id, _ in updates]))
    rows = {row.id: row for row in session.scalars(query.order_by(ContactWrite.id).with_for_update())}
    for (row_id, revision), sent in updates.items():
        row = rows[row_id]
        result = by_key.get(sent.key)
        error = result.error if result else None
        if (result is not None and error is None) or isinstance(error, RefusedError):
            row.written_revision, row.retry_at, row.attempts = max(row.written_revision, revision), None, 0
            row.trouble = error.sentence if error else ""
            if isinstance(error, RefusedError) and error.fault is Fault.GONE:
                # Gone, and nobody told us: reading it makes sure.
                mark_all_stale(session, row.installation_id, "contact", [row.record_id])
            if sent.status.consent is not None and error is None:
                told = update(Contact).where(Contact.id == row.contact_id)
                session.execute(told.values(is_consent_news=False))
            if error:
                _log.warning("status.refused", record=row.record_id, **error.loggable)
            continue
        row.attempts += 1
        after = error.retry_after if isinstance(error, TryLaterError) else None
        row.retry_at = wall + dt.timedelta(seconds=after or min(300, 2**row.attempts))
