"""Move due enrollments along: draft, claim, send, record.

1. Whoever finds something due asks for the job; one that waits is enough for everything that is due.
2. The job leases what is due for a short while, so that another one takes up something else.
3. Round by round the job locks the people concerned, asks policy, drafts and claims, in one
   transaction: a stop committed before it wins, one that comes later waits for it.
4. The claimed ones go to their providers concurrently; what became of them is recorded as it comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Select, bindparam, or_, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.store.models import Contact, Enrollment, Installation, InstallationState, Touch
from connector.store.reads.cases import Case, load_judged
from connector.store.reads.people import ADDRESSES, LOCK, Addresses, lock_enrollments, lock_people
from connector.use_cases.budget import Budget
from connector.use_cases.faults import ITS_OWN_FAULT
from connector.use_cases.send import Outgoing, outgoing_of, send
from connector.use_cases.settle import settle
from connector.use_cases.walk import Walk
from connector.use_cases.world import World

#: As many as are claimed together and sent at once.
BATCH = 32
#: What a job leases at once: several rounds, as far as its time goes.
LEASED = 4 * BATCH
#: What comes back within this time of each other is recorded in one transaction.
_TOGETHER_SECONDS = 0.05
_JOB = "advance"
#: Built once: see `connector.store.reads.people`.
_FOLLOWED = (
    select(*ADDRESSES)
    .join(Enrollment, Enrollment.contact_id == Contact.id)
    .where(Enrollment.id.in_(bindparam("ids", expanding=True)))
)
_LONGEST_WAIT = 300.0
_MOST_DOUBLINGS = 10
_log = structlog.get_logger(__name__)


def find_due(world: World) -> None:
    """Ask for the job when something is due."""
    with world.sessions.read() as session:
        is_due = session.scalar(_due(world).limit(1)) is not None
    if is_due:
        ask_to_advance(world)


def ask_to_advance(world: World) -> None:
    """Have what is due moved along soon."""
    world.outside.queue.enqueue_once(_JOB)


def advance_due(world: World) -> None:
    """Move along what is due now; what is more than one job's worth is another's."""
    ids = claim_due(world)
    if len(ids) == LEASED:
        ask_to_advance(world)
    advance(world, ids)


def claim_due(world: World, limit: int = LEASED) -> list[int]:
    """Lease the enrollments that are due, the most overdue first; their ids."""
    return world.sessions.run(partial(_lease_due, world, limit=limit))


def _due(world: World) -> Select[int]:
    """The ids of enrollments that are due and that no job has."""
    now, wall = world.outside.clock.now(), world.outside.clock.wall()
    return (
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
    )


def _lease_due(world: World, session: Session, limit: int) -> list[int]:
    due = _due(world).limit(limit).with_for_update(of=Enrollment, skip_locked=True, key_share=True)
    ids = list(session.scalars(due))
    if ids:
        until = world.outside.clock.wall() + world.settings.requeue_after
        session.execute(update(Enrollment).where(Enrollment.id.in_(ids)).values(lease_until=until))
    return ids


def advance(world: World, enrollment_ids: Sequence[int]) -> None:
    """Move these enrollments along. Safe to run twice at once: a touch is claimed only once."""
    budget = Budget(world)
    waiting = list(enrollment_ids)
    with ThreadPoolExecutor(max_workers=BATCH) as pool:
        while waiting and not budget.is_spent():
            claims = _claim_round(world, waiting[:BATCH])
            waiting = [*claims.left, *waiting[BATCH:]]
            _send_all(world, pool, claims.claimed)
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
    rows = session.execute(_FOLLOWED, {"ids": list(enrollment_ids)})
    people = lock_people(session, [Addresses(*row) for row in rows])
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
    """The job's time is over: the next one goes on at once."""
    session.execute(update(Enrollment).where(Enrollment.id.in_(enrollment_ids)).values(lease_until=None))


def _send_all(world: World, pool: Executor, claimed: Sequence[Outgoing]) -> None:
    """At once; whatever has come back is recorded together."""
    # Each thread's lines carry the job's ids.
    going = {pool.submit(copy_context().run, send, world, each): each.touch_id for each in claimed}
    left = set(going)
    while left:
        wait(left, return_when=FIRST_COMPLETED)
        done, left = wait(left, timeout=_TOGETHER_SECONDS)
        settle(world, {going[each]: each.result() for each in done})
