"""The rule on what a commercial mail must carry."""

from __future__ import annotations

from connector.domain.channels import Channel
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict


def postal_address(facts: TouchFacts) -> Verdict:
    """A mail carries the sender's valid physical postal address (CAN-SPAM, 15 USC 7704(a)(5))."""
    if facts.channel is Channel.EMAIL and not facts.account.postal_address.strip():
        return verdict("EMAIL.POSTAL", Decision.SKIP)
    return passed("EMAIL.POSTAL")
