"""Rules on who may be contacted at all, and on which channel."""

from __future__ import annotations

from connector.domain.channels import Channel
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.policy.words import ADDRESSES, TOUCHES


def deleted(facts: TouchFacts) -> Verdict:
    """A contact that was deleted in the CRM is not contacted: the CRM is the source of truth."""
    return verdict("DELETED", Decision.STOP) if facts.is_deleted else passed("DELETED")


def suppressed(facts: TouchFacts) -> Verdict:
    """Nobody is contacted who has said no, whichever of their addresses they said it from.

    47 CFR 64.1200(a)(10): a revocation by any reasonable means is honored; an opt-out by one
    channel counts for all, and a suppression never expires.
    """
    if not facts.is_suppressed:
        return passed("SUPPRESSED")
    because = facts.suppressed_because or "they opted out"
    return verdict("SUPPRESSED", Decision.STOP, because=because)


def address_barred(facts: TouchFacts) -> Verdict:
    """An address that bounced, or belongs to somebody else, is never used again; others may be."""
    if not facts.address_barred_because:
        return passed("ADDRESS.BARRED")
    address = ADDRESSES[facts.channel]
    return verdict("ADDRESS.BARRED", Decision.SKIP, address=address, because=facts.address_barred_because)


def opted_out_of_texts(facts: TouchFacts) -> Verdict:
    """No text goes to a contact whose CRM record says: no texts."""
    return _opted_out("OPTED_OUT.TEXT", facts.channel is Channel.TEXT and facts.is_text_opted_out)


def opted_out_of_calls(facts: TouchFacts) -> Verdict:
    """No call goes to a contact whose CRM record says: no calls (47 CFR 64.1200(d), a company's own list)."""
    return _opted_out("OPTED_OUT.CALL", facts.channel is Channel.CALL and facts.is_call_opted_out)


def opted_out_of_email(facts: TouchFacts) -> Verdict:
    """No mail goes to a contact whose CRM record says: no email (CAN-SPAM, 15 USC 7704(a)(4))."""
    return _opted_out("OPTED_OUT.EMAIL", facts.channel is Channel.EMAIL and facts.is_email_opted_out)


def address_missing(facts: TouchFacts) -> Verdict:
    """A touch needs an address that its channel can use."""
    address = ADDRESSES[facts.channel]
    if facts.address:
        return passed("ADDRESS.MISSING", address=f"an {address}" if address[0] in "aeiou" else f"a {address}")
    return verdict("ADDRESS.MISSING", Decision.SKIP, address=address, touch=TOUCHES[facts.channel])


def _opted_out(rule: str, is_opted_out: bool) -> Verdict:
    return verdict(rule, Decision.SKIP) if is_opted_out else passed(rule)
