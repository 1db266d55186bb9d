"""Move due enrollments along: draft, claim, send, record.

1. The clock leases due enrollments for a short while and queues them in batches, one job each.
2. Round by round the job locks the people concerned, asks policy, drafts and claims, in one
   transaction: a stop committed before it wins, one that comes later waits for it.
3. The claimed ones go to their providers concurrently; what became of them is recorded as it comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.store.models import Contact, Enrollment, Installation, InstallationState, Touch
from connector.store.reads.cases import Case, load_judged
from connector.store.reads.people import LOCK, lock_enrollments, lock_people
from connector.use_cases.budget import Budget
from connector.use_cases.faults import ITS_OWN_FAULT
from connector.use_cases.send import Outgoing, outgoing_of, send
from connector.use_cases.settle import settle
from connector.use_cases.walk import Walk
from connector.use_cases.world import World

#: As many as are claimed together and sent at once.
BATCH = 32
#: What one job is given: several rounds, as far as its time goes.
_JOB = 4 * BATCH
#: What comes back within this time of each other is recorded in one transaction.
_TOGETHER_SECONDS = 0.01
_LONGEST_WAIT = 300.0
_MOST_DOUBLINGS = 10
_log = structlog.get_logger(__name__)


def claim_due(world: World, limit: int = 500) -> list[list[int]]:
    """Lease the enrollments that are due; their ids in batches, one job each."""
    ids = world.sessions.run(lambda session: _lease_due(world, session, limit))
    return [ids[start : start + _JOB] for start in range(0, len(ids), _JOB)]


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
            # Installed again: what changed meanwhile is read before anybody is contacted.
            or_(Installation.synced_at.is_not(None), Enrollment.enrolled_at >= Installation.installed_at),
        )
        .order_by(Enrollment.next_touch_at)
        .limit(limit)
        .with_for_update(of=Enrollment, skip_locked=True, key_share=True)
    )
    ids = list(session.scalars(due))
    if ids:
        leased = update(Enrollment).where(Enrollment.id.in_(ids))
        session.execute(leased.values(lease_until=wall + world.settings.requeue_after))
    return ids


def advance(world: World, enrollment_ids: Sequence[int]) -> None:
    """Move these enrollments along. Safe to run twice at once: a touch is claimed only once."""
    budget, waiting = Budget(world), list(enrollment_ids)
    while waiting and not budget.is_spent():
        claims = _claim_round(world, waiting[:BATCH])
        waiting = [*claims.left, *waiting[BATCH:]]
        _send_all(world, claims.claimed)
    if waiting:
        world.sessions.run(partial(_let_go, enrollment_ids=waiting))


@dataclass(frozen=True, slots=True)
class Claims:
    """Touches to be sent now, and enrollments of people who get one of these, to be looked at after it."""

    claimed: list[Outgoing]
    left: list[int]


def _claim_round(world: World, enrollment_ids: Sequence[int]) -> Claims:
    """One transaction for all; one each where something is wrong with one of them."""
    try:
        return world.sessions.run(partial(_claim, world, enrollment_ids=enrollment_ids))
    except ITS_OWN_FAULT:
        _log.exception("advance.failed", enrollments=list(enrollment_ids))
    if len(enrollment_ids) == 1:
        world.sessions.run(partial(_put_off, world, enrollment_id=enrollment_ids[0]))
        return Claims([], [])
    each = [_claim_round(world, [enrollment_id]) for enrollment_id in enrollment_ids]
    return Claims([one for claims in each for one in claims.claimed], [])


def _claim(world: World, session: Session, enrollment_ids: Sequence[int]) -> Claims:
    """Under the locks of everybody concerned: judge, draft, and claim what may go.

    A stop that was committed before is seen here and wins; one that comes later waits for this.
    """
    now = world.outside.clock.now()
    claims, reached = Claims([], []), set[int]()
    for case in _locked_cases(session, enrollment_ids, now):
        if case.around.people & reached:
            claims.left.append(case.enrollment.id)
            continue
        case.enrollment.lease_until = None
        touch = Walk(world, session, case, now).to_next_touch() if case.is_connected else None
        if touch is not None:
            reached |= case.around.people
            claims.claimed.append(_take(world, case, touch, now))
    return claims


def _locked_cases(session: Session, enrollment_ids: Sequence[int], now: dt.datetime) -> list[Case]:
    followed = select(Contact).join(Enrollment, Enrollment.contact_id == Contact.id)
    contacts = session.scalars(followed.where(Enrollment.id.in_(enrollment_ids))).all()
    people = lock_people(session, contacts)
    lock_enrollments(session, enrollment_ids)
    return load_judged(session, enrollment_ids, now, people)


def _take(world: World, case: Case, touch: Touch, now: dt.datetime) -> Outgoing:
    """Claim it: from here on the provider may have been asked, and nobody asks again."""
    wall = world.outside.clock.wall()
    touch.state, touch.sent_at, touch.claimed_wall_at = TouchState.CLAIMED, now, wall
    touch.lease_until = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    case.enrollment.next_touch_at, case.enrollment.waiting_for = None, "On its way."
    return outgoing_of(world, case, touch, now)


def _put_off(world: World, session: Session, enrollment_id: int) -> None:
    """Something is wrong with this one: it waits, ever longer, and holds up nobody else."""
    enrollment = session.get_one(Enrollment, enrollment_id, with_for_update=LOCK)
    enrollment.attempts += 1
    wait = min(_LONGEST_WAIT, 2 ** min(enrollment.attempts, _MOST_DOUBLINGS))
    enrollment.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=wait)
    enrollment.lease_until, enrollment.waiting_for = None, "Something went wrong here; it is tried again."


def _let_go(session: Session, enrollment_ids: Sequence[int]) -> None:
    """The job's time is over: the clock queues the rest again at once."""
    session.execute(update(Enrollment).where(Enrollment.id.in_(enrollment_ids)).values(lease_until=None))


def _send_all(world: World, claimed: Sequence[Outgoing]) -> None:
    """At once; whatever has come back is recorded together."""
    if not claimed:
        return
    with ThreadPoolExecutor(max_workers=len(claimed)) as pool:
        # Each thread's lines carry the job's ids.
        going = {pool.submit(copy_context().run, send, world, each): each.touch_id for each in claimed}
        left = set(going)
        while left:
            wait(left, return_when=FIRST_COMPLETED)
            done, left = wait(left, timeout=_TOGETHER_SECONDS)
            settle(world, {going[each]: each.result() for each in done})
