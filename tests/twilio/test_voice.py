from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.twilio import TwilioVoice
from connector.ports import (
    AnsweredBy,
    BadRequestBodyError,
    BadSignatureError,
    CallAnswered,
    CallReceived,
    DialEnded,
    KeyPressed,
    Talk,
)
from tests.twilio.conftest import DANA, OURS, PUBLIC, TOUCH, make_settings, signed

ANSWERED = f"/voice/twilio/answered/{TOUCH}"
PRESSED = f"/voice/twilio/pressed/{TOUCH}"
DIALED = f"/voice/twilio/dialed/{TOUCH}"
INCOMING = "/voice/twilio/incoming"


def voice() -> TwilioVoice:
    return TwilioVoice(make_settings())


def played(talk: Talk, touch_id: str = TOUCH) -> list[ElementTree.Element]:
    content_type, body = voice().render(touch_id, talk)
    assert content_type == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(body)
    assert root.tag == "Response"
    return list(root)


@pytest.mark.parametrize(
    ("said", "by"),
    [
        ("human", AnsweredBy.PERSON),
        ("unknown", AnsweredBy.PERSON),
        ("", AnsweredBy.PERSON),
        ("machine_end_beep", AnsweredBy.MACHINE),
        ("machine_end_silence", AnsweredBy.MACHINE),
        ("machine_end_other", AnsweredBy.MACHINE),
        ("machine_start", AnsweredBy.MACHINE),
        ("fax", AnsweredBy.MACHINE),
    ],
)
def test_a_person_is_told_from_a_machine_and_in_doubt_it_is_a_person(said: str, by: AnsweredBy) -> None:
    request = signed(ANSWERED, {"CallSid": "CA1", "AnsweredBy": said})
    assert voice().accept(request) == CallAnswered(TOUCH, "CA1", by)


@pytest.mark.parametrize(("form", "digits"), [({"Digits": "9"}, "9"), ({}, "")])
def test_a_pressed_key_is_read(form: dict[str, str], digits: str) -> None:
    assert voice().accept(signed(PRESSED, {"CallSid": "CA1", **form})) == KeyPressed(TOUCH, "CA1", digits)


def test_an_unsigned_question_is_not_answered() -> None:
    with pytest.raises(BadSignatureError):
        voice().accept(signed(ANSWERED, {"CallSid": "CA1"}, token="another"))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (ANSWERED, {"AnsweredBy": "human"}),
        (f"/voice/twilio/hummed/{TOUCH}", {"CallSid": "CA1"}),
        ("/voice/twilio/answered", {"CallSid": "CA1"}),
        (DIALED, {"CallSid": "CA1"}),
        (INCOMING, {"CallSid": "CA1", "From": DANA}),
        (INCOMING, {"From": DANA, "To": OURS}),
    ],
)
def test_a_question_without_call_or_touch_is_a_bad_request(path: str, form: dict[str, str]) -> None:
    with pytest.raises(BadRequestBodyError):
        voice().accept(signed(path, form))


def test_a_person_hears_the_words_inside_a_gather_and_then_a_goodbye() -> None:
    gather, goodbye, end = played(Talk("Press 1 & talk", listen=True))
    assert (gather.tag, goodbye.tag, end.tag) == ("Gather", "Say", "Hangup")
    assert gather.attrib["numDigits"] == "1"
    assert gather.attrib["input"] == "dtmf"
    assert gather.attrib["action"].partition("#")[0] == f"{PUBLIC}{PRESSED}"
    assert int(gather.attrib["timeout"]) > 0
    [say] = gather
    assert (say.tag, say.text) == ("Say", "Press 1 & talk")


def test_a_machine_hears_the_words_and_the_call_ends() -> None:
    say, end = played(Talk("Please call back"))
    assert (say.tag, say.text, end.tag) == ("Say", "Please call back", "Hangup")


def test_whoever_presses_one_is_connected_from_our_number() -> None:
    say, dial = played(Talk("One moment", dial="+12025550199"))
    assert (say.tag, dial.tag, dial.attrib["callerId"]) == ("Say", "Dial", OURS)
    assert dial.attrib["action"].partition("#")[0] == f"{PUBLIC}{DIALED}"
    # A voicemail that answered in the person's place would count as taken.
    assert 0 < int(dial.attrib["timeout"]) < 25
    [number] = dial
    assert (number.tag, number.text) == ("Number", "+12025550199")


def test_a_caller_is_put_through_with_an_action_that_names_no_touch() -> None:
    _, dial = played(Talk("One moment", dial="+12025550199"), touch_id="")
    assert dial.attrib["action"].partition("#")[0] == f"{PUBLIC}/voice/twilio/dialed"


def test_without_words_the_call_just_ends() -> None:
    assert [verb.tag for verb in played(Talk(""))] == ["Hangup"]


@pytest.mark.parametrize(
    ("number", "read"), [(DANA, DANA), ("+266696687", ""), ("anonymous", ""), ("Restricted", ""), ("", "")]
)
def test_a_call_that_comes_in_is_read_and_a_withheld_number_is_none(number: str, read: str) -> None:
    form = {"CallSid": "CA1", "From": number, "To": OURS, "CallStatus": "ringing", "Direction": "inbound"}
    assert voice().accept(signed(INCOMING, form)) == CallReceived("CA1", read, OURS)


@pytest.mark.parametrize(
    ("form", "is_taken", "seconds"),
    [
        ({"DialCallStatus": "completed", "DialCallDuration": "95", "DialBridged": "true"}, True, 95),
        ({"DialCallStatus": "answered"}, True, 0),
        ({"DialCallStatus": "completed", "DialCallDuration": "3", "DialBridged": "false"}, False, 0),
        ({"DialCallStatus": "no-answer"}, False, 0),
        ({"DialCallStatus": "busy"}, False, 0),
        ({"DialCallStatus": "failed"}, False, 0),
        ({"DialCallStatus": "canceled"}, False, 0),
    ],
)
@pytest.mark.parametrize(("path", "touch_id"), [(DIALED, TOUCH), ("/voice/twilio/dialed", "")])
def test_the_end_of_a_dial_says_whether_somebody_took_it(
    form: dict[str, str], is_taken: bool, seconds: int, path: str, touch_id: str
) -> None:
    asked = voice().accept(signed(path, {"CallSid": "CA1", **form}))
    assert asked == DialEnded(touch_id, "CA1", is_taken, seconds)


@given(st.text(), st.booleans())
def test_no_words_break_the_document(words: str, listen: bool) -> None:
    verbs = played(Talk(words, listen=listen))
    said = [verb.tag for verb in verbs]
    assert said in ([["Gather", "Say", "Hangup"]] if listen else [["Say", "Hangup"], ["Hangup"]])
