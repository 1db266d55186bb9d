from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
import requests
from phonenumbers import timezone

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.portal import portal_of
from adapters.sandbox.people.cast import make_cast
from tests.sandbox.play import DANA, START, Play, Product, played

TEXTED = "/webhooks/twilio/text"


def text(play: Play, to: str = DANA, body: str = "Hello") -> None:
    play.texts().messages.create(to=to, from_=play.credentials.twilio.from_number, body=body)


def put(play: Play, id_: str, script: Any) -> requests.Response:
    return requests.put(f"{play.url}/_sandbox/people/{id_}", json=script, timeout=5)


def said(play: Play) -> list[str]:
    return [heard.form["Body"] for heard in play.product.at(TEXTED)]


def test_a_reply_comes_so_many_seconds_after_the_first_text(play: Play) -> None:
    play.lead({"reply": {"channel": "sms", "text": "Who is this?", "after_s": 600}})
    text(play)
    play.pass_time(seconds=602)
    assert said(play) == []
    play.pass_time(seconds=2)
    assert said(play) == ["Who is this?"]
    text(play)
    play.pass_time(hours=1)
    assert said(play) == ["Who is this?"]


def test_a_reply_can_wait_for_the_second_text(play: Play) -> None:
    play.lead({"reply": {"channel": "sms", "text": "Now I have time", "after_s": 5, "nth": 2}})
    text(play)
    play.pass_time(hours=1)
    assert said(play) == []
    text(play)
    play.pass_time(hours=1)
    assert said(play) == ["Now I have time"]


def test_a_script_is_kept_as_it_was_given(play: Play) -> None:
    dana = play.lead()
    script = {"timezone": "America/Denver", "call": ["machine", "human"], "press": "1", "opens": 1}
    assert put(play, dana, script).json()["script"] == script
    got = requests.get(f"{play.url}/_sandbox/people/{dana}", timeout=5).json()
    assert (got["script"], got["timezone"]) == (script, "America/Denver")


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ([], "JSON object"),
        ({"color": "red"}, "color"),
        ({"timezone": "Mars/Olympus"}, "IANA"),
        ({"call": "maybe"}, "machine"),
        ({"call": []}, "machine"),
        ({"press": "x"}, "press"),
        ({"press": True}, "press"),
        ({"reply": {"channel": "fax", "text": "x"}}, "reply.channel"),
        ({"reply": {"channel": "sms"}}, "reply.text"),
        ({"reply": {"channel": "sms", "text": "x", "after_s": -1}}, "after_s"),
        ({"reply": {"channel": "sms", "text": "x", "nth": 0}}, "nth"),
        ({"opens": -1}, "opens"),
        ({"unsubscribes": "yes"}, "unsubscribes"),
    ],
)
def test_a_script_that_cannot_be_read_is_refused_naming_what_is_wrong(
    play: Play, script: Any, word: str
) -> None:
    answer = put(play, play.lead(), script)
    assert answer.status_code == 400
    assert word in answer.json()["message"]


def test_booking_is_not_offered(play: Play) -> None:
    answer = put(play, play.lead(), {"books": True})
    assert answer.status_code == 409
    assert "no calendar is connected" in answer.json()["message"]


def test_nobody_known_is_404(play: Play) -> None:
    assert put(play, "1", {}).status_code == 404


def test_a_deleted_contacts_phone_still_rings(play: Play) -> None:
    dana = play.lead({"reply": {"channel": "sms", "text": "Hello?", "after_s": 5}})
    text(play)
    crm.delete_contact(play.server.world, dana)
    play.pass_time(minutes=1)
    assert said(play) == ["Hello?"]


def test_the_cast_is_the_same_for_a_seed_and_reachable_only_in_fiction() -> None:
    day = dt.date(2027, 3, 2)
    cast = make_cast(200, 7, day)
    assert cast == make_cast(200, 7, day)
    assert cast != make_cast(200, 8, day)
    assert len({lead.number for lead in cast}) == len({lead.email for lead in cast}) == 200
    for lead in cast:
        number = phonenumbers.parse(lead.number)
        assert phonenumbers.is_possible_number(number)
        assert timezone.time_zones_for_number(number) == (lead.zone,)
        assert lead.number[5:10] == "55501"
        assert lead.email.endswith(("@example.com", "@example.org"))


def test_the_first_leads_arrive_at_ten_to_ten_and_answer_nobody_that_day() -> None:
    cast = make_cast(25, 1, dt.date(2027, 3, 2))
    for lead in cast[:2]:
        assert lead.arrives_at.astimezone(ZoneInfo(lead.zone)).isoformat()[:16] == "2027-03-02T09:50"
        assert "reply" not in lead.script
        assert "human" not in lead.script["call"]
    assert cast[0].arrives_at == START + dt.timedelta(minutes=5)
    assert {lead.arrives_at.date().day for lead in cast} >= {2, 3, 4}


def test_nobody_arrives_before_the_app_is_installed(tmp_path: Path, heard: Product) -> None:
    with played(tmp_path, heard, still=False, contacts=3) as play:
        play.pass_time(minutes=3)
        assert len(play.server.world.store.table("hubspot.contacts")) == 0
        assert heard.heard == []


def install(play: Play) -> None:
    """What the product does: it is granted access and makes its properties."""
    portal = portal_of(play.server.world)
    declared = play.server.world.manifest["hubspot"]
    uri = f"{play.product.url}{declared['redirect_path']}"
    code = portal.tokens.grant_code(portal.credentials.users[0], declared["scopes"]["required"], uri)
    portal.tokens.spend_code(code, uri)
    portal.catalog.create_group("contacts", declared["property_group"])
    for one in declared["properties"]:
        options = [{"value": value, "label": label} for value, label in one.get("options", [])]
        portal.catalog.create(
            "contacts", {**one, "groupName": declared["property_group"]["name"], "options": options}
        )


def test_leads_arrive_with_consent_and_are_enrolled_by_a_workflow(tmp_path: Path, heard: Product) -> None:
    with played(tmp_path, heard, still=False, contacts=25) as play:
        install(play)
        play.pass_time(minutes=5)
        contacts = play.server.world.store.table("hubspot.contacts")
        assert len(contacts) == 1
        play.pass_time(days=4)
        assert len(contacts) == 25
        for _, contact in contacts.items():
            properties = contact["properties"]
            assert properties["sixthtouch_consent"] == "express_written_ai_voice"
            assert "box ticked" in properties["sixthtouch_consent_evidence"]
            assert properties["sixthtouch_topic"]
            assert properties["hs_timezone"].startswith("america_slash_")
            assert properties["hubspot_owner_id"] in ("50001", "50002")
        enrolled = [json.loads(one.body) for one in play.product.at("/actions/hubspot/enroll")]
        assert [one["inputFields"]["sequence"] for one in enrolled] == ["high-intent"] * 25
        assert len({one["object"]["objectId"] for one in enrolled}) == 25
