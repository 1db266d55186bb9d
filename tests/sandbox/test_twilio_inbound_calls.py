"""Leads call our number: what the product is asked, and what becomes of the phone it rings."""

from __future__ import annotations

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.sandbox.play import DANA, Heard, Play

INCOMING, DIALED, STATUS = "/voice/twilio/incoming", "/voice/twilio/dialed", "/webhooks/twilio/call-status"
OWNERS = "+12025550123"
PUT_THROUGH = (
    f'<Response><Say>Thank you for calling.</Say><Dial action="{DIALED}" timeout="20" '
    f'callerId="{{ours}}"><Number>{OWNERS}</Number></Dial></Response>'
)
SORRY = "<Response><Say>Nobody is there.</Say><Hangup/></Response>"


@pytest.fixture
def line(play: Play) -> Play:
    """A product that puts callers through."""
    play.product.says(INCOMING, PUT_THROUGH.format(ours=play.credentials.twilio.from_number))
    play.product.says(DIALED, SORRY)
    return play


def call(play: Play, id_: str) -> str:
    answer = requests.post(f"{play.url}/_sandbox/people/{id_}/call", json={}, timeout=5)
    answer.raise_for_status()
    return str(answer.json()["id"])


def one(play: Play, path: str) -> Heard:
    (heard,) = play.product.at(path)
    validator = RequestValidator(play.credentials.twilio.auth_token)
    assert validator.validate(heard.url, heard.form, heard.headers["X-Twilio-Signature"])
    return heard


def test_a_call_to_our_number_asks_what_to_do_and_rings_the_owner(line: Play) -> None:
    dana = line.lead({"owner": "human"})
    sid = call(line, dana)
    line.pass_time(minutes=5)
    asked, dialed, ended = one(line, INCOMING).form, one(line, DIALED).form, one(line, STATUS).form
    ours = line.credentials.twilio.from_number
    told = (asked["CallSid"], asked["From"], asked["To"], asked["Direction"], asked["CallStatus"])
    assert told == (sid, DANA, ours, "inbound", "ringing")
    assert (dialed["CallSid"], dialed["CallStatus"]) == (sid, "in-progress")
    assert (dialed["DialCallStatus"], dialed["DialCallDuration"], dialed["DialBridged"]) == (
        *("completed", "90"),
        "true",
    )
    assert (ended["CallStatus"], ended["Direction"]) == ("completed", "inbound")
    fetched = line.texts().calls(sid).fetch()
    assert (fetched.direction, fetched.status) == ("inbound", "completed")
    (leg,) = line.texts().calls.list(parent_call_sid=sid)
    assert (leg.to, leg._from, leg.status, leg.duration) == (OWNERS, ours, "completed", "90")
    page = requests.get(f"{line.url}/leads/{dana}", timeout=5).text
    assert "Called us" in page
    assert "Thank you for calling." in page


@pytest.mark.parametrize(
    ("owner", "status"),
    [("no_answer", "no-answer"), ("machine", "no-answer"), ("busy", "busy"), ("failed", "failed")],
)
def test_an_owner_who_does_not_take_it_is_told_to_the_product(line: Play, owner: str, status: str) -> None:
    sid = call(line, line.lead({"owner": owner}))
    line.pass_time(minutes=5)
    dialed = one(line, DIALED).form
    assert (dialed["DialCallStatus"], dialed["DialBridged"]) == (status, "false")
    (leg,) = line.texts().calls.list(parent_call_sid=sid)
    assert leg.status == status


def test_owners_are_scripted_one_call_after_the_other(line: Play) -> None:
    dana = line.lead({"owner": ["busy", "human"]})
    for _ in range(2):
        call(line, dana)
        line.pass_time(minutes=5)
    assert [heard.form["DialCallStatus"] for heard in line.product.at(DIALED)] == ["busy", "completed"]


def test_another_number_than_ours_or_the_callers_cannot_be_shown(line: Play) -> None:
    line.product.says(INCOMING, PUT_THROUGH.format(ours="+12025550199"))
    call(line, line.lead({}))
    line.pass_time(minutes=5)
    assert one(line, DIALED).form["DialCallStatus"] == "failed"
    assert "13214" in requests.get(line.url, timeout=5).text


def test_a_call_that_is_hung_up_is_over_and_nobody_is_rung(line: Play) -> None:
    sid = call(line, line.lead({}))
    line.settle()
    line.texts().calls(sid).update(status="completed")
    line.pass_time(minutes=5)
    assert line.product.at(DIALED) == []
    assert one(line, STATUS).form["CallStatus"] == "completed"


def test_numbers_that_are_nobodys_call_and_text(line: Play) -> None:
    line.product.says("/webhooks/twilio/text", (204, ""))
    at = f"{line.url}/_sandbox/numbers/+13125550111"
    assert requests.post(f"{at}/call", json={}, timeout=5).status_code == 200
    assert requests.post(f"{at}/say", json={"channel": "sms", "text": "HOME"}, timeout=5).status_code == 200
    line.pass_time(minutes=5)
    assert one(line, INCOMING).form["From"] == "+13125550111"
    (text,) = line.product.at("/webhooks/twilio/text")
    assert (text.form["From"], text.form["Body"]) == ("+13125550111", "HOME")
    nobody = requests.post(f"{line.url}/_sandbox/numbers/12/call", json={}, timeout=5)
    assert nobody.status_code == 400
    assert "E.164" in nobody.json()["message"]
