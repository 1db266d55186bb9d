"""Twilio's reports and questions: who is let in, what is read, and what a stranger is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.doors.doors import FORM, JSON, PRIVATE, TWILIO, Doors, Knock, check_discretion, check_refusal

Forged = Callable[[Doors, Knock], Knock]


def _of_another_touch(doors: Doors, knock: Knock) -> str:
    """The same address for another touch; what is of no touch is told by a query."""
    touch = doors.touch_id
    return knock.path.replace(touch, touch + "x") if touch in knock.path else f"{knock.path}?touch=x"


FORGERIES: dict[str, tuple[Forged, str]] = {
    "unsigned": (lambda _, knock: knock.but(TWILIO, None), "no X-Twilio-Signature header"),
    "wrongly signed": (lambda _, knock: knock.but(TWILIO, "AAAA"), "TWILIO_AUTH_TOKEN"),
    "not ASCII": (lambda _, knock: knock.but(TWILIO, b"\xff\xfe\xe9"), "does not match"),
    "very long": (lambda _, knock: knock.but(TWILIO, "A" * 8000), "does not match"),
    "of another form": (lambda _, knock: knock.with_body(knock.body + b"&Extra=1"), "does not match"),
    "of nothing": (lambda _, knock: knock.with_body(b""), "does not match"),
    "of another query": (lambda _, knock: knock.at(knock.path + "?x=1"), "does not match"),
    "of another touch": (lambda doors, knock: knock.at(_of_another_touch(doors, knock)), "does not match"),
    "called JSON": (lambda _, knock: knock.but("Content-Type", JSON), "does not match"),
    "called nothing": (lambda _, knock: knock.but("Content-Type", None), "does not match"),
    "in no encoding": (lambda _, knock: knock.with_body(b"Body=%FF\xff"), "does not match"),
    "of too many fields": (lambda _, knock: knock.with_body(b"&".join([b"a=1"] * 501)), "over 500 fields"),
}


def places(doors: Doors) -> dict[str, Knock]:
    """A good request to each address that Twilio has."""
    touch = doors.touch_id
    text = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "sent", "To": PRIVATE}
    call = {"CallSid": "CA" + "0" * 32, "CallStatus": "ringing", "To": PRIVATE}
    called = {"CallSid": "CA" + "1" * 32, "From": "+19998887777", "To": "+12025550142"}
    said = {"MessageSid": "SM" + "1" * 32, "From": "+19998887777", "To": "+12025550142", "Body": PRIVATE}
    return {
        "text-status": doors.twilio(text, f"/webhooks/twilio/text-status/{touch}"),
        "call-status": doors.twilio(call, f"/webhooks/twilio/call-status/{touch}"),
        "text": doors.twilio(said, "/webhooks/twilio/text"),
        "answered": doors.twilio(call, f"/voice/twilio/answered/{touch}"),
        "pressed": doors.twilio(call | {"Digits": "5"}, f"/voice/twilio/pressed/{touch}"),
        "incoming": doors.twilio(called, "/voice/twilio/incoming"),
        "dialed": doors.twilio(called | {"DialCallStatus": "busy"}, "/voice/twilio/dialed"),
    }


PLACES = ("text-status", "call-status", "text", "answered", "pressed", "incoming", "dialed")


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("place", PLACES)
def test_what_twilio_did_not_sign_is_401_and_says_what_was_checked(
    doors: Doors, place: str, name: str
) -> None:
    forge, reason = FORGERIES[name]
    forged = forge(doors, places(doors)[place])
    checked = f"checked against {doors.stage.app}{forged.path}"
    check_refusal(doors, forged, 401, "bad_signature", reason, checked, "PUBLIC_URL")


@pytest.mark.parametrize("place", PLACES)
def test_a_request_signed_for_another_address_is_401(doors: Doors, place: str) -> None:
    for other, knock in places(doors).items():
        if other != place:
            forged = knock.at(places(doors)[place].path)
            check_refusal(doors, forged, 401, "bad_signature", "does not match")


@pytest.mark.parametrize("place", PLACES)
def test_two_megabytes_are_413(doors: Doors, place: str) -> None:
    path = places(doors)[place].path
    check_refusal(doors, doors.twilio({"Body": "x" * 2_000_000}, path), 413, "too_large", "over 1 MB")


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        ("text-status", "MessageStatus"),
        ("call-status", "CallSid"),
        ("text", "From"),
        ("answered", "CallSid"),
        ("pressed", "CallSid"),
        ("incoming", "CallSid"),
        ("dialed", "CallSid"),
    ],
)
def test_a_signed_form_without_what_it_must_have_is_400(doors: Doors, place: str, missing: str) -> None:
    knock = doors.twilio({"Body": PRIVATE}, places(doors)[place].path)
    check_refusal(doors, knock, 400, "bad_body", "bytes from twilio", "expected", missing)


def test_a_signed_request_to_no_address_of_ours_is_400(doors: Doors) -> None:
    for path in ("/webhooks/twilio/fax", "/webhooks/twilio", "/webhooks/twilio/text-status/a-b"):
        check_refusal(doors, doors.twilio({"Body": "x"}, path), 400, "bad_body", "no Twilio webhook at")


def test_signed_and_no_form_is_400(doors: Doors) -> None:
    path = places(doors)["text"].path
    knock = doors.twilio({}, path).but("Content-Type", JSON).with_body(b'{"Body": "x"}')
    check_refusal(doors, knock, 400, "bad_body", "no form", FORM)


def test_a_voice_door_of_nobody_is_404(doors: Doors) -> None:
    for nobody in ("nobody", "hubspot", "sendgrid"):
        knock = doors.twilio({"CallSid": "CA1"}, f"/voice/{nobody}/answered/{doors.touch_id}")
        check_refusal(doors, knock, 404, "unknown_provider", f"no provider '{nobody}' places calls here")
    assert doors.knock(knock.at(f"/voice/twilio/hummed/{doors.touch_id}")).status_code == 404


def _taken(doors: Doors, *knocks: Knock) -> list[str]:
    (newest,) = doors.column("select coalesce(max(id), 0) from inbox_event")
    for knock in knocks:
        assert doors.knock(knock).status_code == 204
    doors.stage.settle()
    return doors.column("select state from inbox_event where id > :newest order by id", newest=newest)


def test_reports_of_a_touch_that_is_not_ours_change_nothing_and_are_logged(doors: Doors) -> None:
    before, log = doors.rows(), doors.log("worker")
    text = {"MessageSid": "SM" + "2" * 32, "MessageStatus": "delivered"}
    call = {"CallSid": "CA" + "2" * 32, "CallStatus": "completed"}
    taken = _taken(
        doors,
        doors.twilio(text, "/webhooks/twilio/text-status/t_of_another_run"),
        doors.twilio(call, "/webhooks/twilio/call-status/t_of_another_run"),
    )
    assert taken == ["handled", "handled"]
    assert doors.rows() == before | {"inbox_event": before["inbox_event"] + 2}
    (of_text,), (of_call,) = log.lines("text.unknown_touch"), log.lines("call.unknown_touch")
    assert of_text["touch_id"] == of_call["touch_id"] == "t_of_another_run"


@pytest.mark.parametrize("moment", ["answered", "pressed"])
def test_a_call_of_a_touch_that_is_not_ours_hears_a_goodbye(doors: Doors, moment: str) -> None:
    before, log = doors.rows(), doors.log()
    form = {"CallSid": "CA" + "3" * 32, "Digits": "9"}
    answer = doors.knock(doors.twilio(form, f"/voice/twilio/{moment}/t_of_another_run"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert "Sorry to have disturbed you" in answer.text
    assert "<Hangup" in answer.text
    assert doors.rows() == before
    (line,) = log.lines("voice.unknown_touch")
    assert line["touch_id"] == "t_of_another_run"


@pytest.mark.parametrize(
    ("place", "form"),
    [
        ("text-status", {"MessageSid": "SM4", "MessageStatus": "pondering"}),
        ("text-status", {"MessageSid": "S" * 5000, "MessageStatus": "sent"}),
        ("text-status", {"MessageSid": "S\x00M", "MessageStatus": "sent"}),
        ("call-status", {"CallSid": "CA4", "CallStatus": "humming"}),
        ("call-status", {"CallSid": "CA5", "CallStatus": "completed", "CallDuration": "²"}),
        ("call-status", {"CallSid": "CA6", "CallStatus": "completed", "CallDuration": "9" * 40}),
        ("text", {"MessageSid": "SM7", "From": "\x00", "To": "+12025550142", "Body": "\x00\x01"}),
        ("text", {"MessageSid": "SM8", "From": "not a number", "To": "x", "Body": "hello"}),
    ],
)
def test_strange_reports_are_taken_and_harm_nothing(doors: Doors, place: str, form: dict[str, str]) -> None:
    assert _taken(doors, doors.twilio(form, places(doors)[place].path)) == ["handled"]


def test_the_same_report_twice_is_handled_once(doors: Doors) -> None:
    form = {"MessageSid": "SM" + "9" * 32, "From": "+12125550142", "To": "+12025550142", "Body": "Tomorrow?"}
    log = doors.log("worker")
    before = doors.rows()
    assert _taken(doors, *[doors.twilio(form, "/webhooks/twilio/text")] * 2) == ["handled"]
    assert doors.rows()["signal"] == before["signal"] + 1
    check_discretion(doors, log.text())
    assert "Tomorrow?" not in log.text()
