"""All rules in one tuple, and how their words become one decision.

Policy is asked right before a touch goes, with the facts of that moment, and the same functions
explain and forecast it. A hold is asked again when it ends, never taken for a promise: what
ends one hold may be the hour at which another begins (a cap that is free again at 22:00 leads
into quiet hours), and in the meantime the contact may have answered, opted out or moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.domain.policy import caps, consent, contact, hours, mail
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed
from connector.domain.policy.verdict import Decision, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's id and the function that gives its word."""

    id: str
    ask: Callable[[TouchFacts], Verdict]


#: In the order in which they are explained; where two are equally severe, the first is named.
RULES: tuple[Rule, ...] = (
    Rule("DELETED", contact.deleted),
    Rule("SUPPRESSED", contact.suppressed),
    Rule("OPTED_OUT.TEXT", contact.opted_out_of_texts),
    Rule("OPTED_OUT.CALL", contact.opted_out_of_calls),
    Rule("OPTED_OUT.EMAIL", contact.opted_out_of_email),
    Rule("ADDRESS.MISSING", contact.address_missing),
    Rule("ADDRESS.BARRED", contact.address_barred),
    Rule("CONSENT.PEWC", consent.written_consent),
    Rule("EMAIL.POSTAL", mail.postal_address),
    Rule("QUIET.FEDERAL", hours.quiet_hours),
    Rule("QUIET.UNKNOWN_ZONE", hours.quiet_hours_of_unknown_zone),
    Rule("CAP.BURSTS", caps.bursts_in_a_day),
    Rule("CAP.TEXTS", caps.texts_in_a_week),
    Rule("CAP.EMAILS", caps.emails_in_a_week),
    Rule("CALL.GOING", caps.call_going_on),
    Rule("STEP.WINDOW", hours.step_window),
)

#: What let a touch pass that would else have been held or skipped: each use is on record.
_ON_RECORD = frozenset({"CAP.EXEMPT", "CONSENT.ASKED"})
_SEVERITY = {decision: rank for rank, decision in enumerate(Decision)}


def judge(facts: TouchFacts) -> tuple[Verdict, ...]:
    """Every rule's word on the touch, also of those that have nothing against it."""
    return tuple(rule.ask(facts) for rule in RULES)


def decide(facts: TouchFacts) -> Verdict:
    """May this touch go now? The severest word wins, among holds the one that lasts longest.

    When nothing speaks against it the verdict is `OK`, or the exemption that let it pass.
    """
    return settle(judge(facts))


def settle(words: tuple[Verdict, ...]) -> Verdict:
    """The one verdict that several come to."""
    severest = max((word.decision for word in words), key=_SEVERITY.__getitem__, default=Decision.ALLOW)
    if severest is Decision.ALLOW:
        return next((word for word in words if word.rule in _ON_RECORD), passed("OK"))
    against = [word for word in words if word.decision is severest]
    if severest is Decision.HOLD:
        return max(against, key=lambda word: word.until.timestamp() if word.until else 0.0)
    return against[0]
