"""Who a number or mail address belongs to, where they are, and what their script says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from adapters.sandbox.people.directory import Directory, number_of
from adapters.sandbox.people.script import NEVER_ANSWERS, OWNER_PICKS_UP, Script
from adapters.sandbox.world import SandboxWorld

_DEFAULT_ZONE = "America/New_York"
_FRESH = {"script": {}, "calls": 0, "texts": 0, "mails": 0, "put_through": 0, "has_unsubscribed": False}


@dataclass(frozen=True, slots=True)
class Person:
    """A lead. `id` is the CRM contact's; `timezone` where the lead truly is."""

    id: str
    timezone: str
    script: Script


class People:
    """Leads by id, number and mail address."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._table = world.store.table("people")
        self._directory = Directory(world)

    def at_number(self, number: str) -> Person | None:
        """The lead with this number (E.164), or None."""
        id_ = self._directory.at_number(number)
        return self.get(id_) if id_ else None

    def at_email(self, address: str) -> Person | None:
        """The lead with this mail address, or None."""
        id_ = self._directory.at_email(address)
        return self.get(id_) if id_ else None

    def get(self, id_: str) -> Person:
        """The lead of a CRM contact, with an empty script if none was set."""
        contact = self._directory.get(id_)
        script = self._state(id_)["script"]
        zone = script.get("timezone") or _zone_of(number_of(contact))
        return Person(id_, zone, script)

    def set_script(self, id_: str, script: Script) -> None:
        """Gives a lead a script from now on: what came before does not count."""
        with self._world.store.lock:
            self._table.put(id_, {**_FRESH, "script": script})

    def facts(self, person: Person) -> dict[str, str]:
        """What the ledger tells of a lead: `contact` and `local_time`."""
        now = self._world.clock.now().astimezone(ZoneInfo(person.timezone))
        return {"contact": person.id, "local_time": now.isoformat()}

    def next_call(self, person: Person) -> str:
        """What becomes of the call that rings now; the script's list is used up one a call."""
        outcomes = person.script.get("call") or [NEVER_ANSWERS]
        count = self.count(person, "calls")
        return str(outcomes[min(count, len(outcomes)) - 1])

    def next_put_through(self, person: Person) -> str:
        """What becomes of the owner's phone that rings now for this lead; used up as `next_call` is."""
        outcomes = person.script.get("owner") or [OWNER_PICKS_UP]
        count = self.count(person, "put_through")
        return str(outcomes[min(count, len(outcomes)) - 1])

    def count(self, person: Person, what: str) -> int:
        """Counts one more of `calls`, `texts`, `mails` or `put_through`; how many since the script."""
        with self._world.store.lock:
            state = self._state(person.id)
            state[what] += 1
            self._table.put(person.id, state)
            return int(state[what])

    def unsubscribes_now(self, person: Person) -> bool:
        """Whether the lead uses the unsubscribe button on this mail: at most once a script."""
        with self._world.store.lock:
            state = self._state(person.id)
            if not person.script.get("unsubscribes") or state["has_unsubscribed"]:
                return False
            self._table.put(person.id, {**state, "has_unsubscribed": True})
            return True

    def _state(self, id_: str) -> dict[str, Any]:
        return {**_FRESH, **(self._table.get(id_) or {})}


def _zone_of(number: str) -> str:
    """Where a lead is, by the area code; the script may know better."""
    if not number:
        return _DEFAULT_ZONE
    zones = phone_zones.time_zones_for_number(phonenumbers.parse(number))
    return zones[0] if zones and zones[0] != phone_zones.UNKNOWN_TIMEZONE else _DEFAULT_ZONE
