"""Replies that a script plans: so many seconds after the n-th text or mail."""

from __future__ import annotations

import datetime as dt

from adapters.sandbox.people.person import People, Person
from adapters.sandbox.world import SandboxWorld

ACT = "people.reply"
_COUNTED = {"sms": "texts", "email": "mails"}


def plan_replies(world: SandboxWorld, person: Person, channel: str) -> None:
    """Counts a text ("sms") or mail ("email") that has just reached the lead and plans what answers it."""
    count = People(world).count(person, _COUNTED[channel])
    for reply in person.script.get("reply", []):
        if reply["channel"] == channel and reply["nth"] == count:
            at = world.clock.now() + dt.timedelta(seconds=reply["after_s"])
            world.agenda.add(at, ACT, {"person": person.id, "channel": channel, "text": reply["text"]})
