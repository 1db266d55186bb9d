"""How often a person may be reached: what the account, a sequence and a contact say, and what is in force."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache

#: The strictest states allow three attempts in 24 hours (Florida 501.059, Oklahoma 15-775C, Maryland).
MOST_BURSTS_A_DAY = 3
#: Twice a day: beyond that a number is a slip of the finger.
MOST_A_WEEK = 14


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps in force. The defaults are those of a new account."""

    bursts_per_day: int = 2
    texts_per_week: int = 1
    emails_per_week: int = 2
    #: Hours after enrollment in which the cap on bursts does not hold (speed to lead).
    exempt_first_hours: int = 0


@dataclass(frozen=True, slots=True)
class OwnCaps:
    """What a sequence or a contact says of its own; None leaves it to the account.

    In every field the larger number is the looser one.
    """

    bursts_per_day: int | None = None
    texts_per_week: int | None = None
    emails_per_week: int | None = None
    exempt_first_hours: int | None = None

    @property
    def given(self) -> dict[str, int]:
        """The caps it names, by their names."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: cap for name, cap in named.items() if cap is not None}

    def covers(self, other: OwnCaps) -> bool:
        """Whether whoever agreed to these has agreed to the other's, which name no more and are no looser."""
        return all(name in self.given and cap <= self.given[name] for name, cap in other.given.items())

    def loosens(self, caps: Caps) -> bool:
        """Whether one of them is looser than what it would replace."""
        return any(cap > getattr(caps, name) for name, cap in self.given.items())


NO_CAPS = OwnCaps()


@lru_cache(maxsize=1024)
def in_force(
    account: Caps, sequence: OwnCaps, *, approved: OwnCaps = NO_CAPS, contact: OwnCaps = NO_CAPS
) -> Caps:
    """The caps that bind a touch.

    A sequence's own caps replace the account's once they are approved; until then only those that are
    stricter count. A contact's own caps come before both, and no exemption lifts them.
    """
    if approved.covers(sequence):
        caps = replace(account, **sequence.given)
    else:
        stricter = {name: min(cap, getattr(account, name)) for name, cap in sequence.given.items()}
        caps = replace(account, **stricter)
    if contact.bursts_per_day is not None:
        caps = replace(caps, exempt_first_hours=0)
    return replace(caps, **contact.given)


def strictest(several: list[OwnCaps]) -> OwnCaps:
    """Of the caps of records that are one person, the strictest of each kind."""
    named: dict[str, int] = {}
    for own in several:
        for name, cap in own.given.items():
            named[name] = min(cap, named.get(name, cap))
    return OwnCaps(**named)
