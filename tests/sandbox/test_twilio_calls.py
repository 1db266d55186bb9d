from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from adapters.sandbox.twilio.debugger import Debugger
from tests.sandbox.play import DANA, START, Heard, Play

ANSWERED, PRESSED, STATUS = "/voice/twilio/answered/t_1", "/voice/twilio/pressed/t_1", "/status/t_1"
OFFER = (
    '<Response><Gather numDigits="1" timeout="6" action="/voice/twilio/pressed/t_1">'
    "<Say>Press 1 to speak with Alice now.</Say></Gather><Say>Goodbye.</Say></Response>"
)


def call(play: Play, **more: Any) -> str:
    given = {
        "to": DANA,
        "from_": play.credentials.twilio.from_number,
        "url": play.product.url + ANSWERED,
        "machine_detection": "DetectMessageEnd",
        "status_callback": play.product.url + STATUS + "#rc=3&rp=all",
        "timeout": 25,
        **more,
    }
    return str(play.texts().calls.create(**given).sid)


def is_signed(play: Play, heard: Heard) -> bool:
    validator = RequestValidator(play.credentials.twilio.auth_token)
    return bool(validator.validate(heard.url, heard.form, heard.headers["X-Twilio-Signature"]))


def ended(play: Play) -> dict[str, str]:
    (heard,) = play.product.at(STATUS)
    assert is_signed(play, heard)
    return heard.form


def spoken(play: Play, path: str) -> str:
    (entry,) = [one for one in play.ledger("twilio") if one["path"] == path]
    assert entry["direction"] == "out"
    return str(entry["text"])


def test_a_person_who_picks_up_hears_the_message_and_presses(play: Play) -> None:
    play.product.says(ANSWERED, OFFER)
    play.product.says(PRESSED, "<Response><Say>Connecting.</Say><Dial>+12025550123</Dial></Response>")
    dana = play.lead({"call": "human", "press": "1"})
    sid = call(play)
    assert play.texts().calls(sid).fetch().status == "queued"
    play.pass_time(minutes=5)
    (answered,), (pressed,) = play.product.at(ANSWERED), play.product.at(PRESSED)
    assert (answered.form["AnsweredBy"], answered.form["CallStatus"]) == ("human", "in-progress")
    assert pressed.form["Digits"] == "1"
    assert is_signed(play, answered)
    assert is_signed(play, pressed)
    assert ended(play)["CallStatus"] == "completed"
    assert spoken(play, ANSWERED) == "Press 1 to speak with Alice now."
    page = requests.get(f"{play.url}/leads/{dana}", timeout=5).text
    assert "Press 1 to speak with Alice now." in page
    assert "pressed 1" in page
    (connected,) = play.texts().calls.list(parent_call_sid=sid)
    assert (connected.to, connected.status) == ("+12025550123", "completed")


def test_a_person_who_presses_nothing_hears_it_to_the_end(play: Play) -> None:
    play.product.says(ANSWERED, OFFER)
    play.lead({"call": "human"})
    sid = call(play)
    play.pass_time(minutes=5)
    assert play.product.at(PRESSED) == []
    assert spoken(play, ANSWERED) == "Press 1 to speak with Alice now. Goodbye."
    form = ended(play)
    # Detection 3 s, seven words 3 s, the gather's 6 s, one word 1 s.
    assert (form["CallStatus"], form["CallDuration"]) == ("completed", "13")
    fetched = play.texts().calls(sid).fetch()
    assert (fetched.duration, fetched.answered_by) == ("13", "human")


def test_a_machine_gets_the_message_after_its_beep(play: Play) -> None:
    play.product.says(ANSWERED, "<Response><Say>This is Harbor Homes.</Say></Response>")
    dana = play.lead({"call": "machine"})
    call(play)
    play.pass_time(minutes=5)
    (answered,) = play.product.at(ANSWERED)
    assert answered.form["AnsweredBy"] == "machine_end_beep"
    assert ended(play)["CallStatus"] == "completed"
    page = requests.get(f"{play.url}/leads/{dana}", timeout=5).text
    assert "Voicemail" in page
    assert "This is Harbor Homes." in page


@pytest.mark.parametrize(
    ("script", "status"), [("no_answer", "no-answer"), ("busy", "busy"), ("failed", "failed")]
)
def test_a_call_nobody_takes_ends_with_its_own_status(play: Play, script: str, status: str) -> None:
    play.lead({"call": script})
    sid = call(play)
    play.pass_time(minutes=2)
    form = ended(play)
    assert (form["CallStatus"], form["CallDuration"], form["CallSid"]) == (status, "0", sid)
    assert play.product.at(ANSWERED) == []
    assert play.texts().calls(sid).fetch().status == status


def test_it_rings_for_the_timeout_and_twilios_buffer(play: Play) -> None:
    play.lead({})
    sid = call(play, timeout=20)
    play.pass_time(minutes=2)
    fetched = play.texts().calls(sid).fetch()
    assert fetched.start_time == START + dt.timedelta(seconds=1)
    assert fetched.end_time == START + dt.timedelta(seconds=26)


def test_a_voicemail_that_would_answer_too_late_does_not(play: Play) -> None:
    play.lead({"call": "machine"})
    call(play, timeout=10)
    play.pass_time(minutes=2)
    assert ended(play)["CallStatus"] == "no-answer"


def test_a_list_of_outcomes_is_used_up_one_a_call(play: Play) -> None:
    play.product.says(ANSWERED, "<Response><Hangup/></Response>")
    play.lead({"call": ["busy", "machine", "human"]})
    for _ in range(4):
        call(play)
        play.pass_time(minutes=5)
    answered_by = [one.form["AnsweredBy"] for one in play.product.at(ANSWERED)]
    assert answered_by == ["machine_end_beep", "human", "human"]


def test_all_progress_is_told_where_it_was_asked_for(play: Play) -> None:
    play.product.says(ANSWERED, "<Response/>")
    play.lead({"call": "human"})
    call(play, status_callback_event=["initiated", "ringing", "answered", "completed"])
    play.pass_time(minutes=5)
    forms = sorted(
        (one.form for one in play.product.at(STATUS)), key=lambda form: int(form["SequenceNumber"])
    )
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]


def test_redirect_and_pause_are_followed(play: Play) -> None:
    play.product.says(ANSWERED, '<Response><Pause length="3"/><Redirect>/next?step=2</Redirect></Response>')
    play.product.says("/next", "<Response><Say>Here we are.</Say><Hangup/><Say>Never said.</Say></Response>")
    play.lead({"call": "human"})
    call(play)
    play.pass_time(minutes=5)
    (heard,) = play.product.at("/next")
    assert heard.url.endswith("/next?step=2")
    assert is_signed(play, heard)
    assert spoken(play, "/next?step=2") == "Here we are."


def test_unknown_verbs_are_recorded_and_skipped(play: Play) -> None:
    play.product.says(ANSWERED, "<Response><Shout>Hey</Shout><Say>Hello.</Say></Response>")
    play.lead({"call": "human"})
    sid = call(play)
    play.pass_time(minutes=5)
    assert spoken(play, ANSWERED) == "Hello."
    assert alerts(play, sid) == [12200]
    assert "Shout is not known here" in requests.get(play.url, timeout=5).text


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((500, "oops"), 11200),
        ((200, "<Response><Say>"), 12100),
        ((200, "<html/>"), 12102),
        ((200, '<!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>'), 12100),
    ],
)
def test_what_cannot_be_played_is_recorded_and_the_call_ends(
    play: Play, answer: tuple[int, str], code: int
) -> None:
    play.product.says(ANSWERED, answer)
    play.lead({"call": "human"})
    sid = call(play)
    play.pass_time(minutes=5)
    assert alerts(play, sid) == [code]
    assert ended(play)["CallStatus"] == "completed"


def test_a_call_can_be_canceled_while_it_rings_and_hung_up_later(play: Play) -> None:
    play.product.says(ANSWERED, '<Response><Pause length="60"/></Response>')
    play.lead({"call": "human"})
    ringing, talking = call(play), ""
    play.pass_time(seconds=3)
    assert play.texts().calls(ringing).update(status="canceled").status == "canceled"
    talking = call(play)
    play.pass_time(seconds=20)
    assert play.texts().calls(talking).update(status="completed").status == "completed"
    play.pass_time(minutes=5)
    assert sorted(one.form["CallStatus"] for one in play.product.at(STATUS)) == ["canceled", "completed"]


def test_a_call_can_be_given_other_words(play: Play) -> None:
    play.product.says(ANSWERED, '<Response><Pause length="60"/></Response>')
    dana = play.lead({"call": "human"})
    sid = call(play)
    with pytest.raises(TwilioRestException) as refused:
        play.texts().calls(sid).update(twiml="<Response><Say>Sorry.</Say></Response>")
    assert refused.value.code == 21220
    play.pass_time(seconds=20)
    play.texts().calls(sid).update(twiml="<Response><Say>Sorry.</Say></Response>")
    play.pass_time(minutes=5)
    assert "Sorry." in requests.get(f"{play.url}/leads/{dana}", timeout=5).text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "+1"}, 21211),
        ({"from_": "+12025550199"}, 21210),
        ({"url": "nota url"}, 21205),
        ({"timeout": 601}, 20001),
        ({"machine_detection": "Guess"}, 20001),
        ({"status_callback_event": ["hung_up"]}, 20001),
    ],
)
def test_calls_that_twilio_refuses_are_refused_with_its_code(
    play: Play, fields: dict[str, Any], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        call(play, **fields)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_calls_are_found_by_number_and_start(play: Play) -> None:
    play.lead({"call": "busy"})
    first = call(play)
    play.pass_time(days=2)
    second = call(play)
    play.pass_time(minutes=1)
    client = play.texts()
    assert [one.sid for one in client.calls.list(to=DANA)] == [second, first]
    later = client.calls.list(to=DANA, start_time_after=START + dt.timedelta(days=1))
    assert [one.sid for one in later] == [second]
    assert [one.sid for one in client.calls.list(to=DANA, status="busy", limit=1)] == [second]


def alerts(play: Play, sid: str) -> list[int]:
    return [alert["code"] for alert in Debugger(play.server.world).alerts() if alert["sid"] == sid]
