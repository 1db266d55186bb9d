"""Caps in words: numbers, who approved them, and what they put off."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from connector.domain.caps import Caps, OwnCaps
from connector.domain.deferrals import Deferral
from connector.domain.policy.words import counted
from connector.store.models import CapsAct
from connector.web.words.times import clock_time

#: The label of each cap, and what it counts.
CAPS = {
    "bursts_per_day": ("Attempts in 24 hours", "attempt"),
    "texts_per_week": ("Texts in 7 days", "text"),
    "emails_per_week": ("Mails in 7 days", "mail"),
}
_WITHIN = {"bursts_per_day": "24 hours", "texts_per_week": "7 days", "emails_per_week": "7 days"}
_OF_RULE = {"CAP.BURSTS": "bursts_per_day", "CAP.TEXTS": "texts_per_week", "CAP.EMAILS": "emails_per_week"}
_ACTS = {CapsAct.SET: "Set", CapsAct.APPROVED: "Approved", CapsAct.REVOKED: "Taken back"}


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap: the account's number, and the one in force in a sequence."""

    label: str
    account: str
    in_force: str


def cap_rows(account: Caps, in_force: Caps) -> tuple[CapRow, ...]:
    """The caps of a sequence beside the account's, and how long its first hours are free."""
    rows = [
        CapRow(label, str(asdict(account)[name]), str(asdict(in_force)[name]))
        for name, (label, _) in CAPS.items()
    ]
    hours = [_hours(number) for number in (account.exempt_first_hours, in_force.exempt_first_hours)]
    return (*rows, CapRow("No cap on attempts", *hours))


def caps_words(own: OwnCaps) -> str:
    """Such as "2 texts in 7 days, no cap on attempts in the first 24 hours"; empty for none."""
    parts = [
        f"{counted(own.given[name], noun)} in {_WITHIN[name]}"
        for name, (_, noun) in CAPS.items()
        if name in own.given
    ]
    if own.exempt_first_hours:
        parts.append(f"no cap on attempts in the first {own.exempt_first_hours} hours")
    return ", ".join(parts)


def act_word(act: CapsAct) -> str:
    """What was done, as the log says it."""
    return _ACTS[act]


def deferral_words(deferral: Deferral, caps: Caps) -> str:
    """Such as "“Second text” waits until day 8, 12:00 instead of day 3, 12:00: 1 text in 7 days at most."."""
    name = _OF_RULE[deferral.rule]
    number = asdict(caps)[name]
    cap = f"{counted(number, CAPS[name][1])} in {_WITHIN[name]} at most"
    when = "" if deferral.is_always else f" when enrolled at {clock_time(deferral.enrolled)}"
    if deferral.instead is None:
        return f"“{deferral.step.name}” is left out{when}: {cap}."
    until, due = _moment(deferral.instead), _moment(deferral.due)
    return f"“{deferral.step.name}” waits until {until} instead of {due}{when}: {cap}."


def _moment(at: tuple[int, dt.time]) -> str:
    return f"day {at[0]}, {clock_time(at[1])}"


def _hours(number: int) -> str:
    return f"first {number} h" if number else "–"
