"""Why and why not: a contact's next touch, the rules that move it, and what would release it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.enrollment import Outcome, State
from connector.domain.policy.rules import judge
from connector.domain.policy.verdict import Verdict
from connector.store.models import Contact, Enrollment, Touch, VerdictRow
from connector.store.reads.cases import Case, load_judged
from connector.use_cases.facts import touch_facts, zone_of
from connector.use_cases.sequences import sequence_of
from connector.use_cases.world import World

_STOPS_IT = (
    "An answer by text, picking up a call, an opt-out, an unsubscribe, a bounce, or the record's deletion."
)

_ENDED = {
    Outcome.REPLIED: "they answered",
    Outcome.BOOKED: "they booked a meeting",
    Outcome.CONVERTED: "they converted",
    Outcome.NO_REPLY: "nobody answered",
    Outcome.EXHAUSTED: "no way to reach them is left",
    Outcome.OPTED_OUT: "they opted out",
    Outcome.BOUNCED: "the email bounced",
    Outcome.DISQUALIFIED: "they were disqualified",
    Outcome.SUPERSEDED: "another follow-up took its place",
    Outcome.REMOVED: "a person stopped it",
    Outcome.FAILED: "it could not go on",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What comes next, each rule's word on it at the instant it is due, and what was decided before."""

    next_sentence: str
    next_touch_at: dt.datetime | None
    why: tuple[Verdict, ...]
    decided: tuple[Verdict, ...]
    stops_it: str


def explain(world: World, account_id: int, contact_id: int) -> Explanation | None:
    """Explain a contact of the account; None when it has no such contact.

    The rules are the very ones that decide: asked here for the instant at which the step is due.
    """
    with world.sessions.read() as session:
        contact = session.get(Contact, contact_id)
        if contact is None or contact.account_id != account_id:
            return None
        enrollment = session.scalars(
            select(Enrollment).where(Enrollment.contact_id == contact_id).order_by(Enrollment.id.desc())
        ).first()
        if enrollment is None:
            return Explanation("Not enrolled: nothing is planned.", None, (), (), "")
        (case,) = load_judged(session, [enrollment.id], world.outside.clock.now())
        return _explain(world, session, case)


def _explain(world: World, session: Session, case: Case) -> Explanation:
    enrollment = case.enrollment
    decided = _decided(session, enrollment)
    if enrollment.state is State.ENDED:
        why_ended = f": {_ENDED[enrollment.outcome]}" if enrollment.outcome else ""
        return Explanation(f"The follow-up has ended{why_ended}.", None, (), decided, "")
    if enrollment.state is State.PAUSED:
        return Explanation("The follow-up is paused. Resume it to go on.", None, (), decided, _STOPS_IT)
    due = enrollment.next_touch_at
    step = sequence_of(case.version).step(enrollment.step_id) if enrollment.step_id else None
    if step is None or due is None:
        sentence = (
            enrollment.waiting_for or "The last step has gone; the follow-up ends when its outcome is known."
        )
        return Explanation(sentence, due, (), decided, _STOPS_IT)
    there = due.astimezone(ZoneInfo(zone_of(case.contact, case.account)))
    sentence = f"Next: {step.name}, {there:%a} {there.day} {there:%b}, {there.hour}:{there:%M} (their time)."
    if enrollment.waiting_for:
        sentence += f" {enrollment.waiting_for}"
    why: tuple[Verdict, ...] = ()
    if not step.is_task:
        at = max(due, world.outside.clock.now())
        facts = touch_facts(
            world.settings, case, sequence_of(case.version), step, at, world.outside.clock.margin
        )
        why = judge(facts)
    return Explanation(sentence, due, why, decided, _STOPS_IT)


def _decided(session: Session, enrollment: Enrollment) -> tuple[Verdict, ...]:
    """The verdicts that were stored before each act, oldest first."""
    query = select(VerdictRow).join(Touch, Touch.id == VerdictRow.touch_id)
    rows = session.scalars(query.where(Touch.enrollment_id == enrollment.id).order_by(VerdictRow.id))
    return tuple(Verdict(row.decision, row.rule, row.sentence, row.until) for row in rows)
