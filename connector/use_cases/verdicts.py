"""Policy's word on a touch, kept: stored in the transaction that acts on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from connector.domain.policy.verdict import Verdict
from connector.store.inserts import insert_many
from connector.store.models import Touch, VerdictRow
from connector.store.sessions import at_end

_GATHERED = "verdicts"


def note_verdict(session: Session, touch: Touch, verdict: Verdict, at: dt.datetime) -> None:
    """Have it stored when the transaction ends, all of them in one statement."""
    at_end(session, _write)
    row = {
        "account_id": touch.account_id,
        "touch_id": touch.id,
        "decision": verdict.decision,
        "rule": verdict.rule,
        "sentence": verdict.sentence,
        "until": verdict.until,
        "at": at,
    }
    session.info.setdefault(_GATHERED, []).append(row)


def _write(session: Session) -> None:
    rows: list[dict[str, Any]] = session.info.pop(_GATHERED)
    # The touches they are about come first.
    session.flush()
    insert_many(session, insert(VerdictRow), rows)
