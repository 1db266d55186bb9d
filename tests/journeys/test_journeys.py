"""Each preset's journeys: exact touches, times, CRM activities and properties, from the ledger."""

from __future__ import annotations

import json
import re

import pytest

from tests.journeys.expected import EVERYBODY, HANDOFF, JOURNEYS
from tests.journeys.played import Lead, Played

pytestmark = pytest.mark.timeout(180)
everybody = pytest.mark.parametrize("lead", EVERYBODY, ids=[f"{preset}-{name}" for preset, name in EVERYBODY])
each_preset = pytest.mark.parametrize("preset", JOURNEYS)
#: HubSpot's own ids of call outcomes.
CALL_OUTCOMES = {
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "connected",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "no answer",
}


@everybody
def test_a_lead_gets_exactly_these_touches_at_these_minutes_and_no_other(played: Played, lead: Lead) -> None:
    assert played.touches(lead) == JOURNEYS[lead[0]][lead[1]].touches


@everybody
def test_the_record_shows_every_touch_and_the_end_and_nothing_else(played: Played, lead: Lead) -> None:
    found = sorted((object_, at) for object_, at, _ in played.activities(lead))
    assert found == JOURNEYS[lead[0]][lead[1]].activities


@everybody
def test_the_record_says_where_the_follow_up_stands(played: Played, lead: Lead) -> None:
    journey, properties = JOURNEYS[lead[0]][lead[1]], played.properties(lead)
    assert properties["sixthtouch_outcome"] == journey.outcome
    assert str(properties["sixthtouch_attempts"]) == str(len(journey.touches))
    assert (properties.get("sixthtouch_text_opt_out") == "true") is journey.is_opted_out


@everybody
def test_every_call_has_the_crms_own_outcome(played: Played, lead: Lead) -> None:
    outcomes = played.bodies(lead, "calls", "hs_call_disposition")
    assert [CALL_OUTCOMES[each] for each in outcomes] == JOURNEYS[lead[0]][lead[1]].calls


@each_preset
def test_an_answer_stands_on_the_record_and_its_task_tells_the_story(played: Played, preset: str) -> None:
    lead = (preset, "answers_the_second_text")
    said = JOURNEYS[preset][lead[1]].script["reply"]["text"]
    *_, reply = played.bodies(lead, "communications", "hs_communication_body")
    assert said in reply
    assert "ended" in reply
    (story,) = played.bodies(lead, "tasks", "hs_task_body")
    assert all(words in story for words in ("Call, no answer", "Text,", said))


@each_preset
def test_nobody_is_asked_to_call_a_lead_who_picked_up_and_pressed_9(played: Played, preset: str) -> None:
    *_, last = played.bodies((preset, "presses_nine"), "notes", "hs_note_body")
    assert "Opted out by pressing 9" in last


def test_who_presses_1_is_put_through_and_handed_over(played: Played) -> None:
    (subject,) = played.bodies(("high-intent", "presses_one"), "tasks", "hs_task_subject")
    assert subject.endswith("asked for a person: call them")
    (dialed,) = [each for each in played.ledger if "/voice/twilio/dialed/" in each["path"]]
    assert (dialed["body"]["DialCallStatus"], dialed["status"]) == ("completed", 200)


def test_who_calls_us_is_put_through_and_the_record_says_with_whom_and_for_how_long(played: Played) -> None:
    lead = ("high-intent", "calls_us")
    *_, call = [props for object_, _, props in played.activities(lead) if object_ == "calls"]
    told = (call["hs_call_direction"], call["hs_call_status"], call["hs_call_duration"])
    assert told == ("INBOUND", "COMPLETED", "90000")
    assert f"{HANDOFF} took it; they talked for 1 min 30 s." in call["hs_call_body"]
    assert played.bodies(lead, "tasks", "hs_task_subject") == ["Calls Reyes called and talked with one of us"]


def test_who_calls_us_in_vain_is_called_back_by_a_task_with_the_story(played: Played) -> None:
    lead = ("high-intent", "calls_in_vain")
    (subject,) = played.bodies(lead, "tasks", "hs_task_subject")
    assert subject.endswith("called and nobody took it: call them back")
    (story,) = played.bodies(lead, "tasks", "hs_task_body")
    assert all(words in story for words in ("Call, no answer", "Text, delivered", "They called us."))


@each_preset
def test_an_unsubscribe_is_told_on_the_record(played: Played, preset: str) -> None:
    *_, last = played.bodies((preset, "unsubscribes"), "notes", "hs_note_body")
    assert "unsubscribed" in last


def test_every_activity_carries_its_marker_once(played: Played) -> None:
    markers = []
    for lead in EVERYBODY:
        for _, _, properties in played.activities(lead):
            # A mail has two bodies, each with the marker.
            (marker,) = set(re.findall(r"\[sixthtouch:([^\]]+)\]", json.dumps(properties)))
            markers.append(marker)
    assert len(markers) == len(set(markers))
