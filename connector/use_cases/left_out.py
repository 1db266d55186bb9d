"""A step that is left out although nothing is wrong with the contact: said on the timeline, not only here."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.policy.caps import CAP_RULES
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import Step
from connector.store.models import Touch, VerdictRow
from connector.store.reads.cases import Case
from connector.use_cases.changes import add_change
from connector.use_cases.timeline import put_change

#: Its hours are over, or a cap of 0 switches its channel off: nobody would look for what did not come.
TOLD = frozenset({"STEP.WINDOW", "STEP.PAST", *CAP_RULES})


def tell_left_out(
    session: Session, case: Case, step: Step, touch: Touch, verdict: Verdict, now: dt.datetime
) -> None:
    """A note with the reason, and with the cap that had held it until its hours were over."""
    sentence = f"“{step.name}” was left out. {verdict.sentence}"
    if held := _held_by_a_cap(session, touch):
        sentence += f" Before that it was held: {held}"
    change = add_change(session, case.enrollment, case.enrollment.state, None, sentence, now)
    put_change(session, case.contact, change)


def _held_by_a_cap(session: Session, touch: Touch) -> str | None:
    query = select(VerdictRow.sentence).where(
        VerdictRow.touch_id == touch.id,
        VerdictRow.decision == Decision.HOLD,
        VerdictRow.rule.in_(CAP_RULES),
    )
    return session.scalars(query.order_by(VerdictRow.id.desc()).limit(1)).first()
