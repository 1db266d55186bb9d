"""The list for a person: what it says, who answers, and where the answer is seen."""

from __future__ import annotations

import datetime as dt

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus, OutcomeUnknownError, RefusedError
from connector.store.models import Touch
from connector.store.sessions import Sessions
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.look_up import look_up
from tests.engine.fakes import TUESDAY
from tests.web.neighborhood import (
    ALICE,
    BOB,
    CHARLIE,
    PUBLIC,
    Neighborhood,
    build_neighborhood,
    csrf_token,
    other,
)
from tests.web.test_pages import words_of

WHY = "Twilio does not know it."


def list_calls(hood: Neighborhood, *record_ids: str) -> list[str]:
    """Nobody can say whether the first calls of these leads went; the touches' ids."""
    hood.providers.outcomes = [OutcomeUnknownError("Twilio did not answer.")] * len(record_ids)
    hood.providers.look_up_error = RefusedError(WHY)
    for record_id in record_ids:
        hood.enroll(record_id)
    hood.work(hood.clock.at + dt.timedelta(minutes=1))
    hood.clock.wall_at += dt.timedelta(minutes=3)
    claimed = claim_look_ups(hood.world)
    for looks in claimed:
        look_up(hood.world, looks)
    return [touch_id for looks in claimed for touch_id in looks]


def list_call(hood: Neighborhood) -> str:
    """As above, of Dana's."""
    (touch_id,) = list_calls(hood, "101")
    return touch_id


def get(client: FlaskClient, path: str) -> str:
    answer = client.get(path, base_url=PUBLIC)
    assert answer.status_code == 200
    return words_of(answer.text)


def press(client: FlaskClient, touch_id: str, said: str, back: str = "listed") -> TestResponse:
    token = csrf_token(client.get("/listed", base_url=PUBLIC).text)
    return client.post(
        f"/listed/{touch_id}/{said}",
        data={"csrf_token": token, "back": back},
        base_url=PUBLIC,
        headers={"Referer": f"{PUBLIC}/"},
    )


def state_of(hood: Neighborhood, touch_id: str) -> TouchState:
    with hood.world.sessions.read() as session:
        return session.get_one(Touch, touch_id).state


def test_the_list_says_who_what_when_where_and_why_with_both_answers(hood: Neighborhood) -> None:
    list_call(hood)
    told = get(hood.browser(BOB), "/listed")
    assert "Dana Reyes A call to +12125550142, Tue 2 Mar, 10:01 (their time)" in told
    assert WHY in told
    assert "What it says when somebody answers" in told
    assert "It went: call to Dana Reyes" in told
    assert "It did not go: call to Dana Reyes" in told
    assert "Make the call now" in told


def test_today_counts_them_and_asks_and_the_story_asks_too(hood: Neighborhood) -> None:
    list_call(hood)
    for page in ("/", f"/contacts/{hood.contact_id()}"):
        told = get(hood.browser(BOB), page)
        assert "It went: call to Dana Reyes" in told
        assert "nobody can say" in told
    told = get(hood.browser(BOB), "/")
    assert "Did it go? 1" in told
    assert "1 to look at" in told


def test_an_old_question_is_still_asked(hood: Neighborhood) -> None:
    list_call(hood)
    hood.clock.at += dt.timedelta(days=60)
    assert "It went: call to Dana Reyes" in get(hood.browser(BOB), "/")


@pytest.mark.parametrize(
    ("back", "target"),
    [("listed", "/listed"), ("today", "/"), ("contact", "/contacts/1#touch-{}"), ("//x", "/listed")],
)
def test_whoever_answers_comes_back_to_where_they_were(hood: Neighborhood, back: str, target: str) -> None:
    touch_id = list_call(hood)
    answer = press(hood.browser(BOB), touch_id, "went", back)
    assert (answer.status_code, answer.headers["Location"]) == (303, target.format(touch_id))


def test_who_answered_and_when_is_kept_and_shown(hood: Neighborhood) -> None:
    touch_id, bob = list_call(hood), hood.browser(BOB)
    hood.clock.at = TUESDAY + dt.timedelta(minutes=3)
    press(bob, touch_id, "went")
    told = get(bob, "/listed")
    assert "Nothing waits for your answer" in told
    assert "It went bob@harbor.example Tue 2 Mar, 10:03" in told
    story = get(bob, f"/contacts/{hood.contact_id()}")
    assert "bob@harbor.example said that it went, Tue 2 Mar, 10:03" in story
    assert "It went: call to" not in story
    assert "Did it go?" not in get(bob, "/")


def test_a_second_answer_by_somebody_else_changes_nothing(hood: Neighborhood) -> None:
    touch_id = list_call(hood)
    bob, alice = hood.browser(BOB), hood.browser(ALICE)
    list_call_page = csrf_token(alice.get("/listed", base_url=PUBLIC).text)
    press(bob, touch_id, "leave")
    late = alice.post(
        f"/listed/{touch_id}/went",
        data={"csrf_token": list_call_page},
        base_url=PUBLIC,
        headers={"Referer": f"{PUBLIC}/"},
    )
    assert late.status_code == 303
    assert state_of(hood, touch_id) is TouchState.SKIPPED
    assert "It did not go bob@harbor.example" in get(alice, "/listed")


def test_send_it_now_sends_it_once(hood: Neighborhood) -> None:
    touch_id, bob = list_call(hood), hood.browser(BOB)
    press(bob, touch_id, "send")
    hood.work(hood.clock.at)
    assert [message.touch_id for message in hood.providers.sent] == [touch_id]


def test_once_the_follow_up_went_on_only_leaving_it_out_is_offered(hood: Neighborhood) -> None:
    list_call(hood)
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    told = get(hood.browser(BOB), "/listed")
    assert "It is not made late" in told
    assert "Make the call now" not in told


def test_news_of_the_provider_takes_the_question_away_and_says_who_answered(hood: Neighborhood) -> None:
    touch_id = list_call(hood)
    hood.hear(CallStatus(touch_id, "CA1", CallProgress.NO_ANSWER), "late")
    told = get(hood.browser(BOB), "/listed")
    assert "Nothing waits for your answer" in told
    assert "It went fake" in told


def test_another_account_sees_and_answers_nothing(hood: Neighborhood) -> None:
    touch_id, charlie = list_call(hood), hood.browser(CHARLIE)
    assert "Dana" not in get(charlie, "/listed")
    hood.app.config["WTF_CSRF_ENABLED"] = False
    for said in ("went", "send", "leave"):
        answer = charlie.post(f"/listed/{touch_id}/{said}", base_url=PUBLIC)
        assert answer.status_code == 404
    assert state_of(hood, touch_id) is TouchState.LISTED


def test_a_long_list_has_pages(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, [other(str(n), last_name=f"Lead{n}") for n in range(201, 228)])
    list_calls(hood, *map(str, range(201, 228)))
    bob = hood.browser(BOB)
    first, second = get(bob, "/listed"), get(bob, "/listed?page=2")
    assert "27 in all, page 1 of 2" in first
    assert (first.count("It went: call"), second.count("It went: call")) == (25, 2)
    assert "page 2 of 2" in get(bob, "/listed?page=99")
    assert get(bob, "/").count("It went: call") == 5
