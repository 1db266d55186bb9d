from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from python_http_client.exceptions import BadRequestsError, ForbiddenError, HTTPError, UnauthorizedError
from sendgrid.helpers.eventwebhook import EventWebhook

from tests.sandbox.play import START, Play

EVENTS = "/webhooks/sendgrid/events"
UNSUBSCRIBE = "/u/token-1"


def mail(play: Play, **changes: Any) -> dict[str, Any]:
    headers = {
        "List-Unsubscribe": f"<{play.product.url}{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    person = {
        "to": [{"email": changes.pop("to", "dana@example.com"), "name": "Dana"}],
        "headers": headers,
        "custom_args": {"touch": changes.pop("touch", "t_1")},
        **changes.pop("person", {}),
    }
    return {
        "personalizations": [person],
        "from": {"email": play.credentials.sendgrid.from_email, "name": "Harbor Homes"},
        "subject": "Your question",
        "content": [
            {"type": "text/plain", "value": "See https://example.com/tour, then write back."},
            {"type": "text/html", "value": "<p>See it, then write back.</p>"},
        ],
        **changes,
    }


def send(play: Play, **changes: Any) -> str:
    answer = play.mails().send(mail(play, **changes))
    assert (answer.status_code, answer.body) == (202, b"")
    return str(answer.headers["X-Message-Id"])


def events(play: Play) -> list[dict[str, Any]]:
    return [event for heard in play.product.at(EVENTS) for event in json.loads(heard.body)]


def test_a_mail_is_processed_and_delivered_with_signed_events(play: Play) -> None:
    id_ = send(play)
    play.pass_time(minutes=1)
    assert [event["event"] for event in events(play)] == ["processed", "delivered"]
    verifier = EventWebhook(play.credentials.sendgrid.webhook_public_key)
    for heard in play.product.at(EVENTS):
        signature = heard.headers["X-Twilio-Email-Event-Webhook-Signature"]
        assert verifier.verify_signature(
            heard.body, signature, heard.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
        )
        assert not verifier.verify_signature(heard.body + " ", signature, "0")
    for event in events(play):
        assert event["touch"] == "t_1"
        assert event["sg_message_id"].split(".")[0] == id_
        assert 0 < event["timestamp"] - START.timestamp() < 60
    assert len({event["sg_event_id"] for event in events(play)}) == 2


def test_events_that_happen_together_come_in_one_array(play: Play) -> None:
    for number in range(5):
        send(play, to=f"lead{number}@example.org", touch=f"t_{number}")
    play.pass_time(minutes=1)
    assert [len(json.loads(heard.body)) for heard in play.product.at(EVENTS)] == [5, 5]


def test_events_are_sent_again_until_they_are_taken(play: Play) -> None:
    play.product.says(EVENTS, (500, ""), (200, ""))
    send(play)
    play.pass_time(seconds=2)
    first, second = play.product.at(EVENTS)
    assert first.body == second.body


def test_a_bounce_address_bounces_hard_and_is_dropped_the_next_time(play: Play) -> None:
    send(play, to="bounce.dana@example.com")
    play.pass_time(minutes=1)
    send(play, to="bounce.dana@example.com")
    play.pass_time(minutes=1)
    happened = events(play)
    assert [event["event"] for event in happened] == ["processed", "bounce", "dropped"]
    assert (happened[1]["type"], happened[1]["status"]) == ("bounce", "5.1.1")
    assert happened[2]["reason"] == "Bounced Address"


def test_opens_and_clicks_come_as_the_script_says(play: Play) -> None:
    play.lead({"opens": 2, "machine_opens": True, "clicks": 1})
    send(play)
    play.pass_time(hours=2)
    seen = [(event["event"], event.get("sg_machine_open")) for event in events(play)[2:]]
    assert seen == [("open", True), ("open", False), ("click", None), ("open", False)]
    (clicked,) = [event for event in events(play) if event["event"] == "click"]
    assert clicked["url"] == "https://example.com/tour,".rstrip(",")


def test_what_a_mail_does_not_track_is_not_told(play: Play) -> None:
    play.lead({"opens": 1, "clicks": 1})
    off = {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}}
    send(play, tracking_settings=off)
    play.pass_time(hours=2)
    assert [event["event"] for event in events(play)] == ["processed", "delivered"]


def test_one_click_unsubscription_is_what_a_mailbox_provider_posts(play: Play) -> None:
    dana = play.lead({"unsubscribes": True})
    send(play)
    play.pass_time(hours=2)
    (heard,) = play.product.at(UNSUBSCRIBE)
    assert heard.body == "List-Unsubscribe=One-Click"
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    (entry,) = [one for one in play.ledger("sendgrid") if one["path"] == UNSUBSCRIBE]
    assert (entry["direction"], entry["contact"], entry["to"]) == ("out", dana, "dana@example.com")
    send(play)
    play.pass_time(hours=2)
    assert len(play.product.at(UNSUBSCRIBE)) == 1


def test_a_mail_without_one_click_headers_offers_no_button(play: Play) -> None:
    dana = play.lead({"unsubscribes": True})
    send(play, person={"headers": {"List-Unsubscribe": f"<{play.product.url}{UNSUBSCRIBE}>"}})
    play.pass_time(hours=2)
    assert play.product.at(UNSUBSCRIBE) == []
    assert "Offers no unsubscribe button" in requests.get(f"{play.url}/leads/{dana}", timeout=5).text


def test_a_mail_is_found_by_its_custom_argument(play: Play) -> None:
    send(play, touch="t_other")
    id_ = send(play, touch="t_mine")
    play.pass_time(minutes=1)
    found = look(play, "(unique_args['touch']=\"t_mine\")")
    assert [message["msg_id"].split(".")[0] for message in found] == [id_]
    assert (found[0]["status"], found[0]["to_email"]) == ("delivered", "dana@example.com")
    assert len(look(play, 'to_email="dana@example.com"')) == 2
    assert len(look(play, f'to_email="dana@example.com" AND msg_id LIKE "{id_}%"')) == 1
    times = 'last_event_time BETWEEN TIMESTAMP "2027-03-01T00:00:00Z" AND TIMESTAMP "2027-03-01T23:00:00Z"'
    assert look(play, times) == []


@pytest.mark.parametrize("query", ['shoe_size="9"', "to_email=", 'to_email="a" XOR to_email="b"', " "])
def test_a_query_that_cannot_be_read_is_refused(play: Play, query: str) -> None:
    with pytest.raises(BadRequestsError) as refused:
        look(play, query)
    assert "invalid syntax" in refused.value.body.decode()


def test_the_key_knows_its_scopes(play: Play) -> None:
    assert "mail.send" in json.loads(play.mails().client.scopes.get().body)["scopes"]
    with pytest.raises(UnauthorizedError):
        play.mails("SG.wrong").client.scopes.get()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sujet": "x"}, "sujet"),
        ({"personalizations": []}, "personalizations"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "a"}]}, "content"),
        ({"to": "nobody"}, "personalizations.0.to.0.email"),
        ({"person": {"custom_args": {"touch": 1}}}, "personalizations.0.custom_args.touch"),
        ({"person": {"headers": {"Subject": "x"}}}, "personalizations.0.headers.Subject"),
        ({"categories": [str(n) for n in range(11)]}, "categories"),
        ({"send_at": int(START.timestamp()) + 80 * 3600}, "personalizations.0.send_at"),
        ({"template_id": "d-1"}, "template_id"),
        ({"from": {"name": "x"}}, "from.email"),
    ],
)
def test_what_sendgrid_refuses_is_refused_naming_the_field(
    play: Play, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequestsError) as refused:
        send(play, **changes)
    assert json.loads(refused.value.body)["errors"][0]["field"] == field


def test_a_sender_that_is_not_verified_is_forbidden(play: Play) -> None:
    with pytest.raises(ForbiddenError):
        send(play, **{"from": {"email": "someone@else.example"}})


def test_a_body_that_is_no_json_and_a_wrong_type_are_refused(play: Play) -> None:
    url = f"{play.url}/sendgrid/v3/mail/send"
    key = {"Authorization": f"Bearer {play.credentials.sendgrid.api_key}"}
    wrong_type = requests.post(url, data={"a": "b"}, headers=key, timeout=5)
    no_json = requests.post(url, data="{", headers={**key, "Content-Type": "application/json"}, timeout=5)
    assert (wrong_type.status_code, no_json.status_code) == (400, 400)


def test_a_fault_speaks_sendgrids_words_and_executes_nothing(play: Play) -> None:
    order = {"vendor": "sendgrid", "path": "/v3/mail/send", "kind": "429", "count": 1}
    requests.post(f"{play.url}/_sandbox/faults", json=order, timeout=5).raise_for_status()
    with pytest.raises(HTTPError) as refused:
        send(play)
    assert (refused.value.status_code, refused.value.to_dict["errors"][0]["message"]) == (
        429,
        "too many requests",
    )
    assert look(play, 'to_email="dana@example.com"') == []


def look(play: Play, query: str) -> list[dict[str, Any]]:
    answer = play.mails().client.messages.get(query_params={"query": query, "limit": 10})
    return list(json.loads(answer.body)["messages"])


def test_conditions_are_joined_by_or_and_there_may_be_a_hundred_and_sixty(play: Play) -> None:
    for touch_id in ("t_1", "t_2", "t_3"):
        send(play, touch=touch_id)
    play.pass_time(minutes=1)
    wanted = [f"(unique_args['touch']=\"{touch_id}\")" for touch_id in ("t_1", "t_3", "t_9")]
    assert len(look(play, " OR ".join(wanted))) == 2
    assert look(play, f"{wanted[0]} AND {wanted[1]}") == []
    assert len(look(play, f'{wanted[0]} AND to_email="dana@example.com" OR {wanted[1]}')) == 2
    with pytest.raises(HTTPError):
        look(play, " OR ".join(wanted[:1] * 161))
