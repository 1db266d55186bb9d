"""The rule on what a contact must have agreed to."""

from __future__ import annotations

from connector.domain.channels import Channel, Consent
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.policy.words import TOUCHES, capitalized

#: A call speaks with an artificial voice, for which written consent suffices (FCC 24-17: an
#: AI-generated voice is "artificial"); mail needs none, only a way out (CAN-SPAM).
NEEDED = {
    Channel.CALL: Consent.EXPRESS_WRITTEN,
    Channel.TEXT: Consent.EXPRESS_WRITTEN,
    Channel.EMAIL: Consent.NONE,
}


def written_consent(facts: TouchFacts) -> Verdict:
    """Automated calls and marketing texts need prior express written consent.

    47 CFR 64.1200(a)(2) and (f)(9). Courts differ on whether spoken consent would do (Bradford
    v. Sovereign Pest, 5th Cir. 2026); states still want it written, so it is asked everywhere. Of a
    contact who asked by text one text in answer needs express consent only: then the verdict is
    CONSENT.ASKED (FCC 15-72, 106: a single answer with what was asked for is no telemarketing).
    """
    if facts.channel is Channel.TEXT and facts.is_text_asked_for and facts.consent.permits(Consent.EXPRESS):
        return passed("CONSENT.ASKED", given=facts.consent.value)
    needed, touch = NEEDED[facts.channel], TOUCHES[facts.channel]
    if facts.consent.permits(needed):
        return passed("CONSENT.PEWC", given=facts.consent.value, touch=touch)
    return verdict(
        "CONSENT.PEWC",
        Decision.SKIP,
        touch=capitalized(touch),
        needed=needed.value,
        given=facts.consent.value,
    )
