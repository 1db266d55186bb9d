"""The journeys of a high-intent lead: exact touches, times and CRM activities, from the ledger."""

from __future__ import annotations

import json
import re

import pytest

from tests.journeys.played import LEADS, Played

pytestmark = pytest.mark.timeout(180)


def test_a_lead_who_never_answers_gets_the_whole_plan_and_is_handed_over(played: Played) -> None:
    assert played.touches("silent") == [
        ("call", "Tue 09:51"),
        ("text", "Tue 09:55"),
        ("call", "Tue 11:50"),
        ("text", "Tue 11:55"),
        ("email", "Tue 18:30"),
        ("call", "Wed 16:00"),
    ]
    assert played.timeline("silent") == [
        ("notes", "Tue 09:50"),
        ("calls", "Tue 09:51"),
        ("communications", "Tue 09:55"),
        ("calls", "Tue 11:50"),
        ("communications", "Tue 11:55"),
        ("emails", "Tue 18:30"),
        ("calls", "Wed 16:00"),
        ("notes", "Thu 09:00"),
        ("tasks", "Thu 09:00"),
    ]


def test_a_lead_who_answers_the_second_text_is_left_alone_and_handed_over(played: Played) -> None:
    assert [kind for kind, _ in played.touches("answers_the_second_text")] == ["call", "text", "call", "text"]
    assert played.timeline("answers_the_second_text") == [
        ("notes", "Tue 09:50"),
        ("calls", "Tue 09:51"),
        ("communications", "Tue 09:55"),
        ("calls", "Tue 11:50"),
        ("communications", "Tue 11:55"),
        ("communications", "Tue 11:56"),
        ("tasks", "Tue 11:56"),
    ]
    reply = played.activities("answers_the_second_text")[5][2]
    assert "Yes, still open!" in reply["hs_communication_body"]
    assert "ended" in reply["hs_communication_body"]
    story = played.activities("answers_the_second_text")[6][2]["hs_task_body"]
    assert all(words in story for words in ("Call, no answer", "Text,", "Yes, still open!"))


def test_a_lead_who_picks_up_the_first_call_is_handed_over_at_once(played: Played) -> None:
    assert played.touches("picks_up") == [("call", "Tue 09:51")]
    assert sorted(played.timeline("picks_up")) == [
        ("calls", "Tue 09:51"),
        ("notes", "Tue 09:50"),
        ("notes", "Tue 09:51"),
        ("tasks", "Tue 09:51"),
    ]
    call = next(props for object_, _, props in played.activities("picks_up") if object_ == "calls")
    assert call["hs_call_disposition"] == "f240bbac-87c9-4f6e-bf70-924b57d47db7"
    assert call["hs_call_status"] == "COMPLETED"


def test_nobody_is_asked_to_call_a_lead_who_picked_up_and_pressed_9(played: Played) -> None:
    assert played.touches("presses_nine") == [("call", "Tue 09:51")]
    objects = sorted(object_ for object_, _, _ in played.activities("presses_nine"))
    assert objects == ["calls", "notes", "notes", "notes"]
    *_, last = [props["hs_note_body"] for o, _, props in played.activities("presses_nine") if o == "notes"]
    assert "Opted out by pressing 9" in last


def test_a_lead_who_texts_stop_hears_nothing_more_by_any_channel(played: Played) -> None:
    assert played.touches("texts_stop") == [("call", "Tue 09:51"), ("text", "Tue 09:55")]
    assert played.timeline("texts_stop") == [
        ("notes", "Tue 09:50"),
        ("calls", "Tue 09:51"),
        ("communications", "Tue 09:55"),
        ("communications", "Tue 09:56"),
    ]


def test_a_lead_who_unsubscribes_hears_nothing_more_by_any_channel(played: Played) -> None:
    assert [kind for kind, _ in played.touches("unsubscribes")] == ["call", "text", "call", "text", "email"]
    (note,) = [props for object_, at, props in played.activities("unsubscribes")[1:] if object_ == "notes"]
    assert "unsubscribed" in note["hs_note_body"]


def test_every_activity_carries_its_marker_once(played: Played) -> None:
    markers = []
    for name in LEADS:
        for _, _, properties in played.activities(name):
            # A mail has two bodies, each with the marker.
            (marker,) = set(re.findall(r"\[sixthtouch:([^\]]+)\]", json.dumps(properties)))
            markers.append(marker)
    assert len(markers) == len(set(markers))


def test_the_records_say_where_each_follow_up_stands(played: Played) -> None:
    last: dict[str, dict[str, str]] = {}
    for entry in played.ledger:
        if (
            entry["direction"] == "in"
            and "/contacts/batch/update" in entry["path"]
            and entry["status"] == 200
        ):
            for item in entry["body"]["inputs"]:
                last.setdefault(str(item["id"]), {}).update(item["properties"])
    outcomes = {name: last[record]["sixthtouch_outcome"] for name, record in played.records.items()}
    assert outcomes == {
        "silent": "no_reply",
        "answers_the_second_text": "replied",
        "picks_up": "replied",
        "presses_nine": "replied",
        "texts_stop": "opted_out",
        "unsubscribes": "opted_out",
    }
    assert last[played.records["silent"]]["sixthtouch_attempts"] in ("6", 6)
    assert last[played.records["texts_stop"]]["sixthtouch_text_opt_out"] == "true"
