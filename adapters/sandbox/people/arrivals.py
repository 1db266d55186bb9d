"""Brings the cast in: each lead fills in the form, and a workflow enrolls the new contact."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.definitions import zone_value
from adapters.sandbox.hubspot.portal import portal_of
from adapters.sandbox.people.cast import MOST_LEADS, Lead, make_cast
from adapters.sandbox.people.person import People
from adapters.sandbox.world import SandboxWorld

CAST_ACT = "people.cast"
ARRIVAL_ACT = "people.arrival"
SEQUENCE = "high-intent"
_HOME_ZONE = ZoneInfo("America/New_York")
_FIRST_TIME = dt.time(9, 50)
_TUESDAY = 1
_ASK_AGAIN_AFTER = dt.timedelta(seconds=30)
_CONSENT = "express_written_ai_voice"
# What the form fills in; the app makes these properties when it is installed.
_FORM_PROPERTIES = ("sixthtouch_topic", "sixthtouch_consent", "sixthtouch_consent_evidence")


class Arrivals:
    """Plays the cast by acts of the agenda, once the app is installed and its properties exist."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._plan = world.store.table("people_cast")
        self._people = People(world)

    def start(self) -> None:
        """Takes the agenda's acts on itself; a run that was played before goes on by what it kept.

        Raises ValueError for more leads than can be played.
        """
        self._world.agenda.on(CAST_ACT, self._bring_in)
        self._world.agenda.on(ARRIVAL_ACT, self._arrive)
        count = self._world.options.contacts
        if self._world.still or not count or self._plan.get("cast"):
            return
        if count > MOST_LEADS:
            raise ValueError(f"at most {MOST_LEADS} leads can be played, not {count}")
        with self._world.store.lock:
            self._plan.put("cast", {"count": count})
            self._world.agenda.add(self._world.clock.now(), CAST_ACT, {})

    def _bring_in(self, _data: dict[str, Any]) -> None:
        now = self._world.clock.now()
        if not self._is_ready():
            self._world.agenda.add(now + _ASK_AGAIN_AFTER, CAST_ACT, {})
            return
        for lead in make_cast(self._world.options.contacts, self._world.seed, _first_day(now)):
            data = {"properties": self._properties(lead), "script": lead.script}
            self._world.agenda.add(max(lead.arrives_at, now), ARRIVAL_ACT, data)

    def _is_ready(self) -> bool:
        catalog = portal_of(self._world).catalog
        has_all = all(catalog.get("contacts", name) is not None for name in _FORM_PROPERTIES)
        return has_all and crm.is_installed(self._world)

    def _properties(self, lead: Lead) -> dict[str, str]:
        at = lead.arrives_at.astimezone(ZoneInfo(lead.zone))
        owners = self._world.credentials.hubspot.users
        return {
            "firstname": lead.first_name,
            "lastname": lead.last_name,
            "email": lead.email,
            "phone": lead.number,
            "hs_timezone": zone_value(lead.zone),
            "lifecyclestage": "lead",
            "hubspot_owner_id": owners[lead.owner % len(owners)].owner_id,
            "sixthtouch_topic": lead.topic,
            "sixthtouch_consent": _CONSENT,
            "sixthtouch_consent_evidence": (
                f"Contact form, {at:%d %B %Y, %H:%M} ({lead.zone}), box ticked by the visitor: “I agree to "
                "automated calls, also with an artificial voice, and texts about my inquiry.”"
            ),
        }

    def _arrive(self, data: dict[str, Any]) -> None:
        if not crm.is_installed(self._world):
            self._world.agenda.add(self._world.clock.now() + _ASK_AGAIN_AFTER, ARRIVAL_ACT, data)
            return
        id_ = crm.create_contact(self._world, data["properties"])
        self._people.set_script(id_, data["script"])
        crm.run_workflow(self._world, id_, SEQUENCE)


def _first_day(now: dt.datetime) -> dt.date:
    """The Tuesday whose 9:50 comes next, or was less than a day ago: installing may take a while."""
    day_ago = now.astimezone(_HOME_ZONE) - dt.timedelta(days=1)
    first = day_ago.date() + dt.timedelta(days=(_TUESDAY - day_ago.weekday()) % 7)
    at = dt.datetime.combine(first, _FIRST_TIME, tzinfo=_HOME_ZONE)
    return first if at >= day_ago else first + dt.timedelta(days=7)
