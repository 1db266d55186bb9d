"""A sequence's caps as its page shows them: numbers, approval, and the steps that have to wait."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from connector.domain.caps import Caps, OwnCaps, in_force
from connector.domain.deferrals import deferrals
from connector.domain.sequence import Sequence
from connector.store.reads.pages_caps import CapsLine, CapsPage
from connector.web.words.caps import CapRow, cap_rows, deferral_words


@dataclass(frozen=True, slots=True)
class CapsView:
    """`state`: its own caps are approved, waiting for it, stricter (which needs none) or not there.

    `held` are the steps that wait under the caps in force, `held_without` those that would without
    the approval.
    """

    state: str
    own: OwnCaps
    rows: tuple[CapRow, ...]
    held: tuple[str, ...]
    held_without: tuple[str, ...]
    log: tuple[CapsLine, ...]


def view_caps(plan: Sequence, page: CapsPage, day: dt.date, zone: str) -> CapsView:
    """What the page says of the plan's caps; steps are rehearsed for an enrollment on `day`."""
    account = replace(Caps(), **page.account.given)
    forced, bound = in_force(account, plan.caps, approved=page.own), in_force(account, plan.caps)
    state = _state(plan.caps, account, page.own)
    return CapsView(
        state=state,
        own=plan.caps,
        rows=cap_rows(account, forced),
        held=_held(plan, forced, day, zone),
        held_without=_held(plan, bound, day, zone) if state == "approved" else (),
        log=page.log,
    )


def _state(own: OwnCaps, account: Caps, approved: OwnCaps) -> str:
    if not own.given:
        return "none"
    if approved.given and approved.covers(own):
        return "approved"
    return "waiting" if own.loosens(account) else "stricter"


def _held(plan: Sequence, caps: Caps, day: dt.date, zone: str) -> tuple[str, ...]:
    return tuple(deferral_words(one, caps) for one in deferrals(plan, caps, day, zone))
