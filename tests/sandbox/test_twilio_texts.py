from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.sandbox.play import DANA, DENVER, START, Heard, Play

STATUS = "/webhooks/twilio/text-status/t_1"


def send(play: Play, body: str = "Hello Dana", **more: str) -> str:
    created = play.texts().messages.create(
        to=more.pop("to", DANA), from_=play.credentials.twilio.from_number, body=body, **more
    )
    return str(created.sid)


def is_signed(play: Play, heard: Heard) -> bool:
    validator = RequestValidator(play.credentials.twilio.auth_token)
    return bool(validator.validate(heard.url, heard.form, heard.headers["X-Twilio-Signature"]))


def test_a_text_is_queued_then_sent_then_delivered_with_signed_callbacks(play: Play) -> None:
    sid = send(play, status_callback=play.product.url + STATUS + "#rc=3&rp=all")
    assert play.texts().messages(sid).fetch().status == "queued"
    play.pass_time(seconds=10)
    heard = play.product.at(STATUS)
    assert [one.form["MessageStatus"] for one in heard] == ["sent", "delivered"]
    assert all(one.form["MessageSid"] == sid and is_signed(play, one) for one in heard)
    fetched = play.texts().messages(sid).fetch()
    assert (fetched.status, fetched.date_created) == ("delivered", START)
    assert fetched.date_sent == START + dt.timedelta(seconds=1)


def test_a_failed_callback_is_tried_again_as_its_fragment_says(play: Play) -> None:
    play.product.says(STATUS, (500, ""), (200, ""))
    send(play, status_callback=play.product.url + STATUS + "#rc=3&rp=all")
    play.pass_time(seconds=1)
    first, second = play.product.at(STATUS)
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]


def test_a_failed_callback_is_not_tried_again_by_default(play: Play) -> None:
    play.product.says(STATUS, (500, ""))
    send(play, status_callback=play.product.url + STATUS)
    play.pass_time(seconds=1)
    assert len(play.product.at(STATUS)) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "", "body": "x"}, 21604),
        ({"to": DANA, "body": ""}, 21602),
        ({"to": "+1", "body": "x"}, 21211),
        ({"to": "five", "body": "x"}, 21211),
        ({"to": DANA, "body": "x" * 1601}, 21617),
        ({"to": "+15005550009", "body": "x"}, 21614),
        ({"to": DANA, "body": "x", "from_": "+12025550199"}, 21606),
        ({"to": DANA, "body": "x", "validity_period": 36001}, 20001),
        ({"to": DANA, "body": "x", "risk_check": "maybe"}, 20001),
        ({"to": DANA, "body": "x", "status_callback": "nota url"}, 21609),
        ({"to": DANA, "body": "x", "status_callback": "http://under_score/x"}, 21609),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    play: Play, fields: dict[str, object], code: int
) -> None:
    given = {"from_": play.credentials.twilio.from_number, **fields}
    with pytest.raises(TwilioRestException) as refused:
        play.texts().messages.create(**given)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_an_unknown_form_field_is_refused(play: Play) -> None:
    twilio = play.credentials.twilio
    answer = requests.post(
        f"{play.url}/twilio/2010-04-01/Accounts/{twilio.account_sid}/Messages.json",
        data={"To": DANA, "From": twilio.from_number, "Body": "x", "Boddy": "x"},
        auth=(twilio.account_sid, twilio.auth_token),
        timeout=5,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def test_a_wrong_token_is_401_and_a_foreign_account_404(play: Play) -> None:
    with pytest.raises(TwilioRestException) as refused:
        play.texts(token="wrong").messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as missing:
        play.texts().messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


def test_texts_are_listed_newest_first_by_number_and_time_in_pages(play: Play) -> None:
    first = send(play, "one")
    play.pass_time(hours=30)
    rest = [send(play, f"text {n}") for n in range(3)]
    send(play, "other", to=DENVER)
    play.pass_time(minutes=1)
    client = play.texts()
    listed = [one.sid for one in client.messages.list(to=DANA, page_size=2)]
    assert listed == [*reversed(rest), first]
    later = client.messages.list(to=DANA, date_sent_after=START + dt.timedelta(hours=1))
    assert [one.sid for one in later] == list(reversed(rest))
    earlier = client.messages.list(to=DANA, date_sent_before=START + dt.timedelta(hours=1))
    assert [one.sid for one in earlier] == [first]


def test_an_unsent_text_passes_no_filter_on_its_sending(play: Play) -> None:
    send(play)
    client = play.texts()
    assert client.messages.list(date_sent_after=START - dt.timedelta(days=1)) == []
    assert len(client.messages.list(to=DANA)) == 1


def test_a_text_can_be_redacted_and_not_canceled(play: Play) -> None:
    sid = send(play)
    assert play.texts().messages(sid).update(body="").body == ""
    with pytest.raises(TwilioRestException):
        play.texts().messages(sid).update(status="canceled")


def test_a_reply_reaches_the_webhook_signed(play: Play) -> None:
    dana = play.lead()
    answer = play.say(dana, "Is it still free? ¿Sí?")
    play.settle()
    (heard,) = play.product.at("/webhooks/twilio/text")
    assert is_signed(play, heard)
    assert heard.form["MessageSid"] == answer.json()["id"]
    assert (heard.form["From"], heard.form["Body"]) == (DANA, "Is it still free? ¿Sí?")


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "OPTOUT", "revoke"])
def test_stop_blocks_further_texts_confirms_and_still_reaches_the_webhook(play: Play, word: str) -> None:
    dana = play.lead()
    play.say(dana, word)
    play.settle()
    assert len(play.product.at("/webhooks/twilio/text")) == 1
    assert "You have successfully been unsubscribed" in page_of(play, dana)
    with pytest.raises(TwilioRestException) as refused:
        send(play)
    assert (refused.value.status, refused.value.code) == (400, 21610)
    assert send(play, to=DENVER)


def test_stop_in_a_sentence_blocks_nothing_at_twilio(play: Play) -> None:
    play.say(play.lead(), "STOP PLEASE")
    assert send(play)


def test_start_lifts_the_block(play: Play) -> None:
    dana = play.lead()
    play.say(dana, "STOP")
    play.say(dana, "START")
    assert send(play)


def test_twiml_in_answer_to_a_text_is_sent_to_the_lead(play: Play) -> None:
    play.product.says("/webhooks/twilio/text", "<Response><Message>Thanks, got it.</Message></Response>")
    dana = play.lead()
    play.say(dana, "hello")
    play.settle()
    play.pass_time(seconds=10)
    assert "Thanks, got it." in page_of(play, dana)


def test_the_ledger_tells_whom_a_text_went_to_and_their_time(play: Play) -> None:
    denver = play.lead(phone=DENVER, email="denver@example.org")
    send(play, "Hello there", to=DENVER)
    (entry,) = play.ledger("twilio")
    assert (entry["to"], entry["text"], entry["contact"]) == (DENVER, "Hello there", denver)
    assert entry["local_time"] == "2027-03-02T07:45:00-07:00"


def test_a_second_start_goes_on_with_what_was_under_way(
    play_again: Callable[[], AbstractContextManager[Play]],
) -> None:
    with play_again() as first:
        sid = send(first, status_callback=first.product.url + STATUS)
    with play_again() as second:
        second.pass_time(seconds=10)
        assert second.texts().messages(sid).fetch().status == "delivered"
        assert [one.form["MessageStatus"] for one in second.product.at(STATUS)] == ["sent", "delivered"]


def page_of(play: Play, id_: str) -> str:
    return requests.get(f"{play.url}/leads/{id_}", timeout=5).text


def test_the_account_says_that_it_works_and_which_number_it_has(play: Play) -> None:
    client, ours = play.texts(), play.credentials.twilio
    assert client.api.v2010.accounts(ours.account_sid).fetch().status == "active"
    (number,) = client.incoming_phone_numbers.list(phone_number=ours.from_number)
    assert (number.phone_number, number.capabilities["sms"]) == (ours.from_number, True)
    assert client.incoming_phone_numbers.list(phone_number=DANA) == []
