from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from typing import Any

import pytest

from adapters.twilio import Twilio
from connector.ports import DisconnectedError, Receipt, TextMessage
from connector.settings import Settings
from tests.twilio.conftest import DANA, OURS, PUBLIC, SID, TOKEN, TOUCH, json_answer, make_settings
from tests.wire.vendor import Answer, Asked, Vendor

MESSAGES = f"/twilio/2010-04-01/Accounts/{SID}/Messages.json"
NOW = dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)


def text(valid_for: dt.timedelta = dt.timedelta(hours=4), **given: Any) -> TextMessage:
    return TextMessage(**{"touch_id": TOUCH, "to": DANA, "body": "Hi Dana", "valid_for": valid_for, **given})


def row(sid: str, body: str, at: dt.datetime, **given: Any) -> dict[str, Any]:
    created = format_datetime(at)
    return {
        "sid": sid,
        "body": body,
        "date_created": created,
        "direction": "outbound-api",
        "from": OURS,
        "to": DANA,
        **given,
    }


def listing(*rows: dict[str, Any]) -> Answer:
    return json_answer(200, {"messages": list(rows), "next_page_uri": None, "page_size": 50})


def test_a_text_goes_with_its_touch_in_the_callback(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(201, {"sid": "SM1", "from": OURS, "status": "queued"})
    assert Twilio(settings).texts.send_text(text()) == Receipt("twilio", "SM1", OURS)
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("POST", MESSAGES)
    assert asked.form == {
        "To": [DANA],
        "From": [OURS],
        "Body": ["Hi Dana"],
        "StatusCallback": [f"{PUBLIC}/webhooks/twilio/text-status/{TOUCH}#rc=3&rp=all"],
        "ValidityPeriod": ["14400"],
        "SmartEncoded": ["true"],
    }
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert asked.headers["X-Original-Host"] == "api.twilio.com"


def test_a_messaging_service_sends_in_place_of_the_number(vendor: Vendor) -> None:
    vendor.answer = lambda asked: json_answer(201, {"sid": "SM1", "from": None})
    settings = make_settings(vendor.url, twilio_messaging_service_sid="MG1")
    receipt = Twilio(settings).texts.send_text(text())
    assert vendor.asked[0].form["MessagingServiceSid"] == ["MG1"]
    assert "From" not in vendor.asked[0].form
    assert receipt.from_address == OURS


@pytest.mark.parametrize(("seconds", "sent"), [(0.2, "1"), (90.9, "90"), (200_000, "36000")])
def test_the_time_a_text_may_take_is_within_what_twilio_takes(
    vendor: Vendor, settings: Settings, seconds: float, sent: str
) -> None:
    vendor.answer = lambda asked: json_answer(201, {"sid": "SM1"})
    Twilio(settings).texts.send_text(text(valid_for=dt.timedelta(seconds=seconds)))
    assert vendor.asked[0].form["ValidityPeriod"] == [sent]


@pytest.mark.parametrize("lacking", ["twilio_account_sid", "twilio_auth_token", "twilio_from_number"])
def test_without_credentials_nothing_is_asked_and_the_sentence_names_them(
    vendor: Vendor, lacking: str
) -> None:
    with pytest.raises(DisconnectedError, match=lacking.upper()):
        Twilio(make_settings(vendor.url, **{lacking: ""})).texts.send_text(text())
    assert vendor.asked == []


def test_texts_sent_at_once_get_their_own_receipts_over_few_connections(
    vendor: Vendor, settings: Settings
) -> None:
    # All first requests meet before any is answered, so that answers cross.
    together = threading.Barrier(16)

    def answer(asked: Asked) -> Answer:
        number = int(asked.form["Body"][0])
        if number < 16:
            together.wait(timeout=20)
        return json_answer(201, {"sid": f"SM{number}"})

    vendor.answer = answer
    texts = Twilio(settings).texts
    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(lambda n: texts.send_text(text(body=str(n))).provider_id, range(200)))
    assert got == [f"SM{number}" for number in range(200)]
    assert vendor.connections <= 16


def test_a_lost_text_is_found_by_recipient_words_and_time(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: listing(
        row("SM_later", "Hi Dana", NOW + dt.timedelta(hours=1)),
        row("SM_this", "Hi  Dana", NOW + dt.timedelta(seconds=3)),
        row("SM_other_words", "Hello", NOW + dt.timedelta(seconds=1)),
        row("SM_theirs", "Hi Dana", NOW + dt.timedelta(seconds=1), direction="inbound"),
        row("SM_before", "Hi Dana", NOW - dt.timedelta(hours=1)),
        {**row("SM_undated", "Hi Dana", NOW), "date_created": None},
    )
    this, later = Twilio(settings).texts.find_text(DANA, "Hi Dana", NOW)
    assert (this.provider_id, this.from_address) == ("SM_this", OURS)
    assert this.accepted_at == NOW + dt.timedelta(seconds=3)
    assert later.provider_id == "SM_later"
    assert vendor.asked[0].query["To"] == [DANA]
    assert not any(name.startswith("DateSent") for name in vendor.asked[0].query)


def test_a_trial_accounts_prefix_does_not_hide_a_text(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: listing(row("SM1", "Sent from your Twilio trial account - Hi Dana", NOW))
    assert Twilio(settings).texts.find_text(DANA, "Hi Dana", NOW + dt.timedelta(milliseconds=900))


def test_a_text_that_is_not_there_is_not_found(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: listing()
    assert Twilio(settings).texts.find_text(DANA, "Hi Dana", NOW) == []


@pytest.mark.parametrize("kept", ["Hi Dana, it's free - call us", "Hi Dana, it’s free — call us"])
def test_a_text_is_found_by_its_words_whatever_smart_encoding_made_of_the_signs_between_them(
    vendor: Vendor, settings: Settings, kept: str
) -> None:
    vendor.answer = lambda asked: listing(row("SM1", kept, NOW), row("SM2", "Hi Dana, it is free", NOW))
    (trace,) = Twilio(settings).texts.find_text(DANA, "Hi Dana, it's free - call us", NOW)
    assert trace.provider_id == "SM1"


def test_where_twilio_forgets_the_words_any_text_of_that_time_may_be_the_one(
    vendor: Vendor, settings: Settings
) -> None:
    vendor.answer = lambda asked: listing(row("SM1", "", NOW))
    (trace,) = Twilio(settings).texts.find_text(DANA, "Hi Dana", NOW)
    assert trace.provider_id == "SM1"


def test_the_look_up_reads_on_over_pages(vendor: Vendor, settings: Settings) -> None:
    def answer(asked: Asked) -> Answer:
        if "Page" in asked.query:
            return listing(row("SM_second", "Hi Dana", NOW))
        first = json.loads(listing(row("SM_first", "Hello", NOW)).body)
        first["next_page_uri"] = f"/2010-04-01/Accounts/{SID}/Messages.json?Page=1"
        return json_answer(200, first)

    vendor.answer = answer
    (trace,) = Twilio(settings).texts.find_text(DANA, "Hi Dana", NOW)
    assert trace.provider_id == "SM_second"
    assert [asked.path for asked in vendor.asked] == [MESSAGES, MESSAGES]


@pytest.mark.parametrize(
    ("status", "code", "is_delivered", "is_failed"),
    [("delivered", None, True, False), ("undelivered", 30005, False, True), ("sent", None, False, False)],
)
def test_a_text_is_told_as_it_stands(
    vendor: Vendor, settings: Settings, status: str, code: int | None, is_delivered: bool, is_failed: bool
) -> None:
    vendor.answer = lambda asked: json_answer(200, {"sid": "SM1", "status": status, "error_code": code})
    found = Twilio(settings).texts.text_progress("t_1", "SM1")
    assert found is not None
    assert (found.touch_id, found.provider_id, found.status) == ("t_1", "SM1", status)
    assert (found.is_delivered, found.is_failed) == (is_delivered, is_failed)
    assert vendor.asked[0].path.endswith("/Messages/SM1.json")
