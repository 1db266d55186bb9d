"""A neighborhood with a few days of follow-up behind it: what the pages are looked at with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from connector.domain.channels import Consent
from connector.ports import OutcomeUnknownError, RefusedError, TextReceived
from connector.store.sessions import Sessions
from connector.use_cases import api_keys, steer
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.look_up import look_up
from tests.engine.fakes import DANA, TUESDAY
from tests.web.neighborhood import Neighborhood, build_neighborhood, other

_OURS = "+12025550100"
_LEADS = [
    DANA,
    other("102", first_name="Omar", last_name="Haddad", topic="the loft at Pier 4"),
    other("103", first_name="Wren", last_name="Okafor", topic="a garage in Hyde Park"),
    other(
        "104",
        first_name="Lucía",
        last_name="Marín",
        time_zone="America/Denver",
        topic="the house on Oak Lane",
    ),
    other("105", first_name="Tom", last_name="Birch", consent=Consent.NONE, topic=""),
    other("106", first_name="Ines", last_name="Duarte-Castellanos de la Vega", topic="a studio with a view"),
    other("108", first_name="Bea", last_name="Lund", topic="the terrace flat"),
    other("107", first_name="Paul", last_name="Kim", time_zone="", phone=""),
]


def build_village(sessions: Sessions, **settings: Any) -> Neighborhood:
    """Seven leads in all states a page shows, on the second morning; one is in no sequence."""
    village = build_neighborhood(sessions, _LEADS, **settings)
    for record_id in ("102", "103", "105"):
        village.enroll(record_id)
    village.work(TUESDAY + dt.timedelta(minutes=20))
    _say(
        village,
        "102",
        "Yes please, is it still free? I could come by on Saturday morning, or call me after six.",
    )
    _say(village, "103", "STOP")
    village.enroll("106")
    village.work(TUESDAY + dt.timedelta(hours=1))
    steer.pause(village.world, village.alice.account_id, village.enrollment_id("106"), "alice@harbor.example")
    _list(village, "108")
    village.providers.outcomes = [OutcomeUnknownError("Twilio did not answer in 30 s.")]
    village.enroll("101")
    village.work(TUESDAY + dt.timedelta(hours=12))
    village.enroll("104")
    village.work(TUESDAY + dt.timedelta(hours=13, minutes=5))
    api_keys.create(village.world, village.alice.account_id, "Website form")
    return village


def _list(village: Neighborhood, record_id: str) -> None:
    """Nobody can say whether the lead's first call went."""
    village.providers.outcomes = [OutcomeUnknownError("Twilio did not answer in 30 s.")]
    village.providers.look_up_error = RefusedError("Twilio does not know it.")
    village.enroll(record_id)
    village.work(village.clock.at + dt.timedelta(minutes=2))
    village.clock.wall_at += dt.timedelta(minutes=3)
    for looks in claim_look_ups(village.world):
        look_up(village.world, looks)
    village.providers.look_up_error = None


def _say(village: Neighborhood, record_id: str, words: str) -> None:
    sender = village.timeline.contacts[record_id].phone
    village.hear(TextReceived(sender, _OURS, words, f"in-{record_id}"), f"say-{record_id}")
    village.work(village.clock.at + dt.timedelta(minutes=1))
