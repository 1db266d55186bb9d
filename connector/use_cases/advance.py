"""Move due enrollments along: draft, claim against the stop counter, send, record.

1. The clock claims due enrollments under a short lease and queues one job a batch.
2. The job moves each one to its next touch and drafts it (one transaction a batch).
3. Per touch, one transaction asks policy again and claims: a stop committed before it wins.
4. The claimed ones go to their providers concurrently; what became of each is recorded at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from functools import partial

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.store.models import Contact, Enrollment, Installation, InstallationState, Touch
from connector.store.reads.cases import load_cases
from connector.store.reads.people import lock_people, lock_person
from connector.use_cases.facts import address_for
from connector.use_cases.send import Outgoing, outgoing_of, send
from connector.use_cases.settle import settle
from connector.use_cases.walk import Drafted, Walk
from connector.use_cases.world import World

#: A queued job that is not taken up within this wall time is queued again.
_QUEUE_LEASE = dt.timedelta(seconds=15)
#: As many as are sent at once: a job's time-out is that of one round of sends.
BATCH = 16


def claim_due(world: World, limit: int = 500) -> list[list[int]]:
    """Lease the enrollments that are due; their ids in batches, one job each."""
    ids = world.sessions.run(lambda session: _lease_due(world, session, limit))
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _lease_due(world: World, session: Session, limit: int) -> list[int]:
    now, wall = world.outside.clock.now(), world.outside.clock.wall()
    due = (
        select(Enrollment.id)
        .join(Installation, Installation.id == Enrollment.installation_id)
        .where(
            Enrollment.state == State.ACTIVE,
            Enrollment.next_touch_at <= now,
            or_(Enrollment.lease_until.is_(None), Enrollment.lease_until <= wall),
            or_(Enrollment.retry_at.is_(None), Enrollment.retry_at <= wall),
            Installation.state == InstallationState.ACTIVE,
        )
        .order_by(Enrollment.next_touch_at)
        .limit(limit)
        .with_for_update(of=Enrollment, skip_locked=True, key_share=True)
    )
    ids = list(session.scalars(due))
    if ids:
        leased = update(Enrollment).where(Enrollment.id.in_(ids))
        session.execute(leased.values(lease_until=wall + _QUEUE_LEASE))
    return ids


def advance(world: World, enrollment_ids: Sequence[int]) -> None:
    """Move these enrollments along. Safe to run twice at once: a touch is claimed only once."""
    drafted = world.sessions.run(lambda session: _prepare(world, session, enrollment_ids))
    asked = (world.sessions.run(partial(_claim, world, drafted=touch)) for touch in drafted)
    claimed = [outgoing for outgoing in asked if outgoing is not None]
    _send_all(world, claimed)


def _prepare(world: World, session: Session, enrollment_ids: Sequence[int]) -> list[Drafted]:
    now, wall = world.outside.clock.now(), world.outside.clock.wall()
    followed = select(Contact).join(Enrollment, Enrollment.contact_id == Contact.id)
    lock_people(session, session.scalars(followed.where(Enrollment.id.in_(enrollment_ids))).all())
    working = select(Enrollment.id).where(Enrollment.id.in_(enrollment_ids)).order_by(Enrollment.id)
    ids = list(session.scalars(working.with_for_update(key_share=True)))
    drafted = []
    for case in load_cases(session, ids, now):
        case.enrollment.lease_until = wall + dt.timedelta(seconds=world.settings.lease_seconds)
        if case.is_connected and (touch := Walk(world, session, case, now).to_next_touch()):
            drafted.append(touch)
        else:
            case.enrollment.lease_until = None
    return drafted


def _claim(world: World, session: Session, drafted: Drafted) -> Outgoing | None:
    """Ask policy again and take the touch; None when it may not go any more."""
    now, wall = world.outside.clock.now(), world.outside.clock.wall()
    contact = session.get_one(Contact, drafted.contact_id)
    people = {person.id: person for person in lock_person(session, contact)}
    # Read only now, under the lock: these are the facts that hold at the claim.
    (case,) = load_cases(session, [drafted.enrollment_id], now)
    enrollment, touch = case.enrollment, session.get_one(Touch, drafted.touch_id)
    if touch.state is not TouchState.PLANNED:
        # Another job has it: what policy would say of it now must not plan it once more.
        return None
    is_stopped = people[drafted.contact_id].stops != drafted.stops
    is_moved = touch.to_address != address_for(case.contact, touch.channel)
    is_there = enrollment.state is State.ACTIVE and enrollment.step_id == touch.step_id
    if is_stopped or is_moved or not is_there or not case.is_connected:
        enrollment.lease_until = None
        return None
    walk = Walk(world, session, case, now)
    step = walk.plan.step(touch.step_id)
    verdict = walk.judge(step)
    if not verdict.is_allowed:
        walk.obey(step, verdict)
        enrollment.lease_until = None
        return None
    lease = dt.timedelta(seconds=world.settings.lease_seconds)
    taken = session.execute(
        update(Touch)
        .where(Touch.id == touch.id, Touch.state == TouchState.PLANNED)
        .values(state=TouchState.CLAIMED, sent_at=now, claimed_wall_at=wall, lease_until=wall + lease)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    session.refresh(touch)
    enrollment.next_touch_at = None
    enrollment.waiting_for = "On its way."
    return outgoing_of(world, case, touch, now)


def _send_all(world: World, claimed: Sequence[Outgoing]) -> None:
    if not claimed:
        return
    with ThreadPoolExecutor(max_workers=len(claimed)) as pool:
        # Each thread's lines carry the job's ids.
        going = {pool.submit(copy_context().run, send, world, each): each for each in claimed}
        for done in as_completed(going):
            settle(world, going[done].touch_id, done.result())
