"""What the rules look at: a plain snapshot of one touch, its contact and its account."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from connector.domain.caps import Caps
from connector.domain.channels import Channel, Consent
from connector.domain.sequence import After, At

#: Where somebody may be of whom nothing is known: the zones of the fifty states and Puerto Rico.
#: Their extremes are six hours apart all year, so the eight hours of the strictest window leave two.
FALLBACK_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier touch of the same person: when it went (UTC) and how."""

    at: dt.datetime
    channel: Channel


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the account says of itself. Law never loosens by it."""

    burst_minutes: int = 10
    postal_address: str = ""
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class TouchFacts:
    """One touch about to go.

    Times are aware UTC. `zones` are the IANA zones in which the contact may be; empty means
    unknown. `attempts` are all touches of the same person (whoever shares a normalised phone
    or email) in the last seven days. `caps` are those in force for this contact in this sequence. `address` is empty when the contact has none for the channel.
    `margin` is how long before its end a window counts as closed. `call_going_until` is set
    while an earlier call of this enrollment has not ended. `own_zone` is the zone in which the
    contact's days and clock times are reckoned, `fallback_zones` are those in which a contact of
    unknown zone may be, `when` is the step's own timing. `suppressed_because` says in a few words
    what happened ("opted out"), `is_text_asked_for` that no text of ours has answered theirs yet, `address_barred_because` why this one address is of no use ("bounced").
    """

    now: dt.datetime
    channel: Channel
    address: str
    zones: tuple[str, ...]
    consent: Consent
    account: AccountRules
    enrolled_at: dt.datetime
    caps: Caps
    attempts: tuple[Attempt, ...]
    is_suppressed: bool = False
    is_text_opted_out: bool = False
    is_call_opted_out: bool = False
    is_email_opted_out: bool = False
    is_deleted: bool = False
    call_going_until: dt.datetime | None = None
    margin: dt.timedelta = dt.timedelta(0)
    own_zone: str = "UTC"
    fallback_zones: tuple[str, ...] = FALLBACK_ZONES
    when: After | At | None = None
    is_text_asked_for: bool = False
    suppressed_because: str = ""
    address_barred_because: str = ""
