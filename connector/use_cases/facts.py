"""From an enrollment's case to the facts that policy looks at."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from connector.content.addresses import candidate_zones, fallback_zones, own_zone
from connector.domain.caps import Caps, in_force
from connector.domain.channels import Channel
from connector.domain.policy.facts import AccountRules, TouchFacts
from connector.domain.sequence import Sequence, Step
from connector.domain.touch import ATTEMPTED
from connector.settings import Settings
from connector.store.models import Account, Contact
from connector.store.reads.cases import Case

#: How long after it was placed a call may still be going: ringing, talking, and the news of its end.
CALL_LASTS_AT_MOST = dt.timedelta(minutes=10)
#: How long after it was accepted a text may still arrive: no text is delivered four hours later.
TEXT_TRAVELS_AT_MOST = dt.timedelta(hours=5)
#: A text later than this is no answer to a request any more.
_ANSWERED_WITHIN = dt.timedelta(hours=24)
RING_FOR = dt.timedelta(seconds=25)


def zone_of(contact: Contact, account: Account) -> str:
    """The zone in which the contact's days and clock times are reckoned."""
    return own_zone(contact.time_zone, (contact.mobile_key, contact.phone_key), account.time_zone)


def address_for(contact: Contact, channel: Channel) -> str:
    """Where the channel reaches the contact; empty when it does not."""
    return contact.email_key if channel is Channel.EMAIL else contact.call_address


def caps_of_account(account: Account) -> Caps:
    """The account's caps: those of a new account, but for what an admin has set."""
    return replace(Caps(), **(account.caps or {}))


def caps_of(case: Case, plan: Sequence) -> Caps:
    """The caps in force for this contact in this sequence."""
    around = case.around
    return in_force(
        caps_of_account(case.account), plan.caps, approved=around.approved_caps, contact=around.contact_caps
    )


def _is_text_asked_for(case: Case, now: dt.datetime) -> bool:
    """Whether they began with a text that none of ours has answered yet, and not long ago."""
    has_answer = any(touch.channel is Channel.TEXT and touch.state in ATTEMPTED for touch in case.touches)
    is_fresh = now - case.enrollment.enrolled_at <= _ANSWERED_WITHIN
    return case.enrollment.is_asked_by_text and is_fresh and not has_answer


def touch_facts(
    settings: Settings, case: Case, plan: Sequence, step: Step, now: dt.datetime, margin: dt.timedelta
) -> TouchFacts:
    """All that bears on whether this step's touch may go at `now`."""
    contact, channel = case.contact, step.channel
    if channel is None:
        raise ValueError(f"step {step.id} is a task: policy has no word on it")
    call = case.call_in_progress()
    numbers = (contact.mobile_key, contact.phone_key)
    zones = candidate_zones(contact.time_zone, numbers)
    noes = sorted({reason.words for reason in case.around.suppressed.values() if reason.is_a_no})
    address = address_for(contact, channel)
    barred = case.around.suppressed.get(address)
    return TouchFacts(
        now=now,
        channel=channel,
        address=address,
        zones=zones,
        consent=contact.consent,
        account=AccountRules(
            postal_address=settings.postal_address,
            company_name=settings.company_name,
        ),
        enrolled_at=case.enrollment.enrolled_at,
        caps=caps_of(case, plan),
        attempts=case.around.recent,
        is_suppressed=bool(noes),
        suppressed_because=", ".join(noes),
        address_barred_because=barred.words if barred and not barred.is_a_no else "",
        is_text_opted_out=contact.is_text_opted_out,
        is_call_opted_out=contact.is_call_opted_out,
        is_email_opted_out=contact.is_email_opted_out,
        is_deleted=contact.deleted_at is not None,
        call_going_until=call.sent_at + CALL_LASTS_AT_MOST if call and call.sent_at else None,
        margin=margin,
        own_zone=zone_of(contact, case.account),
        fallback_zones=() if zones else fallback_zones(numbers),
        when=step.when,
        is_text_asked_for=_is_text_asked_for(case, now),
    )
