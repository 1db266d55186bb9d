"""What every rule says, in words a rep reads: one catalogue, and how a verdict is made from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from functools import lru_cache

from connector.domain.policy.verdict import Decision, Verdict

_ALLOW, _HOLD, _SKIP, _STOP = Decision.ALLOW, Decision.HOLD, Decision.SKIP, Decision.STOP

#: The rule's id and its decision -> the sentence. Ids are stored and never change their meaning.
SENTENCES: dict[tuple[str, Decision], str] = {
    ("OK", _ALLOW): "Nothing speaks against it.",
    ("DELETED", _STOP): "The contact was deleted in the CRM.",
    ("DELETED", _ALLOW): "The contact is in the CRM.",
    ("SUPPRESSED", _STOP): "This person must never be contacted again: {because}.",
    ("SUPPRESSED", _ALLOW): "The contact has not said no.",
    ("OPTED_OUT.TEXT", _SKIP): "The CRM says that the contact wants no texts.",
    ("OPTED_OUT.TEXT", _ALLOW): "No opt-out from texts stands in its way.",
    ("OPTED_OUT.CALL", _SKIP): "The CRM says that the contact wants no calls.",
    ("OPTED_OUT.CALL", _ALLOW): "No opt-out from calls stands in its way.",
    ("OPTED_OUT.EMAIL", _SKIP): "The CRM says that the contact wants no email.",
    ("OPTED_OUT.EMAIL", _ALLOW): "No opt-out from email stands in its way.",
    ("ADDRESS.MISSING", _SKIP): "The contact has no usable {address}, so {touch} cannot go.",
    ("ADDRESS.MISSING", _ALLOW): "The contact has {address}.",
    ("ADDRESS.BARRED", _SKIP): "The contact's {address} must not be used any more: {because}.",
    ("ADDRESS.BARRED", _ALLOW): "The address is not barred.",
    ("CONSENT.PEWC", _SKIP): "{touch} needs the consent class {needed}; the contact's is {given}.",
    ("CONSENT.PEWC", _ALLOW): "The contact's consent, {given}, is enough for {touch}.",
    ("CONSENT.ASKED", _ALLOW): "They asked by text: one text in answer needs no more consent than {given}.",
    ("EMAIL.POSTAL", _SKIP): "No mail goes before a postal address is set: the law wants it at the foot.",
    ("EMAIL.POSTAL", _ALLOW): "It is no mail, or has a postal address at its foot.",
    ("QUIET.FEDERAL", _HOLD): "Quiet hours in {place} until {until} ({whose} time).",
    (
        "QUIET.FEDERAL",
        _SKIP,
    ): "No hour of the next 14 days lies between {opens} and {closes} in all of: {places}.",
    ("QUIET.FEDERAL", _ALLOW): "No quiet hours stand in its way.",
    ("QUIET.UNKNOWN_ZONE", _HOLD): (
        "Where the contact is, is not known: held until {until} ({place} time), "
        "when it is a weekday between {opens} and {closes} everywhere they may be."
    ),
    ("QUIET.UNKNOWN_ZONE", _SKIP): (
        "Where the contact is, is not known, and no weekday hour lies between {opens} and {closes} "
        "in all of: {places}."
    ),
    ("QUIET.UNKNOWN_ZONE", _ALLOW): "No doubt about the contact's zone stands in its way.",
    ("CAP.BURSTS", _HOLD): (
        "{count} in the last 24 hours already (touches close together are one), {cap} at most: "
        "held until {until} (their time)."
    ),
    ("CAP.BURSTS", _ALLOW): "{count} in 24 hours with this one, {cap} at most.",
    ("CAP.EXEMPT", _ALLOW): (
        "{count} in 24 hours with this one, more than {cap}: the sequence allows it in the first {hours} hours."
    ),
    ("CAP.TEXTS", _HOLD): (
        "{count} in the last 7 days already, {cap} at most: held until {until} (their time)."
    ),
    ("CAP.TEXTS", _SKIP): "Texts are switched off by a cap of 0 a week.",
    ("CAP.TEXTS", _ALLOW): "No cap on texts a week stands in its way.",
    ("CAP.EMAILS", _HOLD): (
        "{count} in the last 7 days already, {cap} at most: held until {until} (their time)."
    ),
    ("CAP.EMAILS", _SKIP): "Mails are switched off by a cap of 0 a week.",
    ("CAP.EMAILS", _ALLOW): "No cap on mails a week stands in its way.",
    ("CALL.GOING", _HOLD): "An earlier call may still be going on: asked again at {until} (their time).",
    ("CALL.GOING", _ALLOW): "No call to the contact is going on.",
    ("STEP.WINDOW", _HOLD): "This step goes between {opens} and {closes}: held until {until} (their time).",
    ("STEP.WINDOW", _SKIP): (
        "This step goes between {opens} and {closes}, and no such hour is left in which the contact may be reached."
    ),
    ("STEP.WINDOW", _ALLOW): "The hour suits the step.",
}


def verdict(rule: str, decision: Decision, until: dt.datetime | None = None, /, **words: object) -> Verdict:
    """The verdict of a rule, its sentence filled in. Raises KeyError for what the catalogue lacks."""
    return Verdict(decision, rule, SENTENCES[rule, decision].format(**words), until)


@lru_cache(maxsize=1024)
def passed(rule: str, /, **words: Hashable) -> Verdict:
    """The rule has nothing against the touch. Kept: most rules say the same of most touches."""
    return verdict(rule, Decision.ALLOW, **words)
