from __future__ import annotations

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters.sendgrid import SendGrid
from connector.ports import DisconnectedError, Receipt, RefusedError, Trace, TryLaterError
from connector.settings import Settings
from tests.sendgrid.conftest import (
    DANA,
    KEY,
    LINK,
    OURS,
    TOUCH,
    WALL,
    StoppedClock,
    json_answer,
    mail,
    make_settings,
)
from tests.wire.vendor import Answer, Asked, Vendor

NOW = dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)


def accepted(message_id: str = "M1") -> Answer:
    return Answer(202, b"", {"X-Message-Id": message_id})


def sendgrid(settings: Settings) -> SendGrid:
    return SendGrid(settings, StoppedClock())


def test_a_mail_goes_to_one_person_with_its_touch_and_our_way_out(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: accepted()
    assert sendgrid(settings).emails.send_email(mail()) == Receipt("sendgrid", "M1", OURS)
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("POST", "/sendgrid/v3/mail/send")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.headers["Content-type"] == "application/json"
    assert json.loads(asked.body) == {
        "personalizations": [
            {
                "to": [{"email": DANA, "name": "Dana; Doe, Jr."}],
                "subject": "Your question",
                "headers": {
                    "List-Unsubscribe": f"<{LINK}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
                "custom_args": {"st_touch": TOUCH},
            }
        ],
        "from": {"email": OURS, "name": "Acme"},
        "reply_to": {"email": "bob@acme.example"},
        "content": [
            {"type": "text/plain", "value": "Hello"},
            {"type": "text/html", "value": "<p>Hello</p>"},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


def test_names_that_are_not_known_are_left_out(vendor: Vendor) -> None:
    vendor.answer = lambda asked: accepted()
    sendgrid(make_settings(vendor.url, company_name="")).emails.send_email(mail(to_name="", reply_to=""))
    body = json.loads(vendor.asked[0].body)
    assert body["personalizations"][0]["to"] == [{"email": DANA}]
    assert body["from"] == {"email": OURS}
    assert "reply_to" not in body


def test_an_accepted_mail_without_an_id_is_accepted(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: Answer(202, b"", {})
    assert sendgrid(settings).emails.send_email(mail()).provider_id == ""


@pytest.mark.parametrize("lacking", ["sendgrid_api_key", "sendgrid_from_email"])
def test_without_credentials_nothing_is_asked_and_the_sentence_names_them(
    vendor: Vendor, lacking: str
) -> None:
    with pytest.raises(DisconnectedError, match=lacking.upper()):
        sendgrid(make_settings(vendor.url, **{lacking: ""})).emails.send_email(mail())
    assert vendor.asked == []


def test_mails_sent_at_once_get_their_own_receipts_over_few_connections(
    vendor: Vendor, settings: Settings
) -> None:
    # All first requests meet before any is answered, so that answers cross.
    together = threading.Barrier(16)

    def answer(asked: Asked) -> Answer:
        number = int(json.loads(asked.body)["personalizations"][0]["subject"])
        if number < 16:
            together.wait(timeout=20)
        return accepted(f"M{number}")

    vendor.answer = answer
    emails = sendgrid(settings).emails
    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(lambda n: emails.send_email(mail(subject=str(n))).provider_id, range(200)))
    assert got == [f"M{number}" for number in range(200)]
    assert vendor.connections <= 16


def row(**given: Any) -> dict[str, Any]:
    return {
        "msg_id": "M1.recvd-5d8f-1.0",
        "from_email": OURS,
        "to_email": DANA.upper(),
        "subject": "Your question",
        "status": "delivered",
        "opens_count": 0,
        "clicks_count": 0,
        "last_event_time": "2027-03-02T14:45:03Z",
        **given,
    }


def test_a_lost_mail_is_found_by_its_touch(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(
        200, {"messages": [row(to_email="eve@lead.example", msg_id="M0"), row()]}
    )
    found = sendgrid(settings).emails.find_emails({TOUCH: DANA}, NOW)
    assert found == {TOUCH: Trace("sendgrid", "M1", OURS, NOW + dt.timedelta(seconds=3))}
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("GET", "/sendgrid/v3/messages")
    assert asked.query == {"query": [f"(unique_args['st_touch']=\"{TOUCH}\")"], "limit": ["1000"]}


def test_several_are_one_question_and_the_recipient_tells_them_apart(
    vendor: Vendor, settings: Settings
) -> None:
    eve = "eve@lead.example"
    vendor.answer = lambda asked: json_answer(
        200, {"messages": [row(to_email="Eve@Lead.example", msg_id="M2.1")]}
    )
    found = sendgrid(settings).emails.find_emails({TOUCH: DANA, "t_2": eve}, NOW)
    assert {touch_id: trace.provider_id for touch_id, trace in found.items()} == {"t_2": "M2"}
    [asked] = vendor.asked
    assert asked.query["query"] == [
        f"(unique_args['st_touch']=\"{TOUCH}\") OR (unique_args['st_touch']=\"t_2\")"
    ]


def test_a_mail_that_is_not_there_is_not_found(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(200, {"messages": []})
    assert sendgrid(settings).emails.find_emails({TOUCH: DANA}, NOW) == {}


def test_an_account_that_may_not_look_mails_up_says_what_it_needs(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(403, {"errors": [{"message": "access forbidden"}]})
    with pytest.raises(RefusedError, match="add-on"):
        sendgrid(settings).emails.find_emails({TOUCH: DANA}, NOW)


def test_an_account_in_the_eu_is_not_asked_since_its_list_is_always_empty() -> None:
    there = make_settings("https://api.eu.sendgrid.com")
    with pytest.raises(RefusedError, match="EU"):
        sendgrid(there).emails.find_emails({TOUCH: DANA}, NOW)


def test_a_look_up_waits_for_leave_before_it_asks(vendor: Vendor, settings: Settings) -> None:
    def refuse() -> None:
        raise TryLaterError("Six a minute.", retry_after=30)

    emails = SendGrid(settings, StoppedClock(), before_search=refuse).emails
    with pytest.raises(TryLaterError) as raised:
        emails.find_emails({TOUCH: DANA}, NOW)
    assert (raised.value.retry_after, vendor.asked) == (30, [])


def test_the_429_of_the_add_on_says_when_it_may_be_asked_again(vendor: Vendor, settings: Settings) -> None:
    reset = str(int(WALL.timestamp()) + 42)
    vendor.answer = lambda asked: json_answer(
        429, {"errors": [{"message": "too many requests"}]}, X_RateLimit_Reset=reset
    )
    with pytest.raises(TryLaterError) as raised:
        sendgrid(settings).emails.find_emails({TOUCH: DANA}, NOW)
    assert raised.value.retry_after == 42
