from __future__ import annotations

import base64
import email
import json
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.formparser import parse_form_data
from werkzeug.test import EnvironBuilder

from tests.sandbox.play import Heard, Play
from tests.sandbox.test_sendgrid import send

INBOUND = "/webhooks/sendgrid/inbound"
REPLY_TO = {"email": "r+abc@reply.sixthtouch.example", "name": "Bob Baker"}


def say(play: Play, id_: str, text: str = "Yes, Thursday", **given: Any) -> requests.Response:
    body = {"channel": "email", "text": text, **given}
    return requests.post(f"{play.url}/_sandbox/people/{id_}/say", json=body, timeout=5)


def mailed(play: Play, **mail: Any) -> str:
    """Dana, whom a mail with an address for its answer has reached."""
    dana = play.lead({})
    send(play, reply_to=REPLY_TO, **mail)
    play.pass_time(minutes=1)
    return dana


def form(heard: Heard) -> dict[str, str]:
    builder = EnvironBuilder(
        method="POST", input_stream=None, data=heard.body.encode(), content_type=heard.headers["Content-Type"]
    )
    _, fields, files = parse_form_data(builder.get_environ())
    assert not files
    return fields.to_dict()


def test_a_lead_answers_a_mail_through_inbound_parse(play: Play) -> None:
    dana = mailed(play)
    assert say(play, dana, quote=True).status_code == 200
    play.settle()
    (heard,) = play.product.at(INBOUND)
    fields = form(heard)
    assert json.loads(fields["envelope"]) == {"to": [REPLY_TO["email"]], "from": "dana@example.com"}
    assert (fields["from"], fields["to"]) == (
        "Dana <dana@example.com>",
        "Bob Baker <r+abc@reply.sixthtouch.example>",
    )
    assert (fields["subject"], fields["SPF"], fields["attachments"]) == ("Re: Your question", "pass", "0")
    assert fields["text"].startswith(
        "Yes, Thursday\n\nOn Tue, Mar 2, 2027 at 9:46 AM Harbor Homes <followup@sixthtouch.example> wrote:\n\n"
        "> See https://example.com/tour, then write back."
    )
    assert '<blockquote class="gmail_quote"><p>See it, then write back.</p></blockquote>' in fields["html"]
    assert set(json.loads(fields["charsets"])) == {"to", "html", "subject", "from", "text"}
    head = email.message_from_string(fields["headers"])
    (mail,) = [doc for _, doc in play.server.world.store.table("sendgrid_mails").items()]
    assert head["In-Reply-To"] == head["References"] == mail["smtp_id"]
    assert head["Message-ID"] == say_id(play)


def say_id(play: Play) -> str:
    items = play.server.world.store.table("devices").get("dana@example.com")
    assert items is not None
    (answer,) = [item for item in items["items"].values() if item["kind"] == "mail_reply"]
    return str(answer["id"])


def test_the_answer_is_signed_by_the_security_policy(play: Play) -> None:
    say(play, mailed(play))
    play.settle()
    (heard,) = play.product.at(INBOUND)
    stamp = heard.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    signature = base64.b64decode(heard.headers["X-Twilio-Email-Event-Webhook-Signature"])
    key = play.credentials.sendgrid.parse_private_key.public_key()
    key.verify(signature, stamp.encode() + heard.body.encode(), ec.ECDSA(hashes.SHA256()))
    assert play.credentials.sendgrid.parse_public_key != play.credentials.sendgrid.webhook_public_key


def test_without_a_quote_only_the_words_are_sent(play: Play) -> None:
    say(play, mailed(play), "Just\nwords")
    play.settle()
    fields = form(play.product.at(INBOUND)[0])
    assert (fields["text"], fields["html"]) == ("Just\nwords\n", "<div>Just<br>words</div>\n")


def test_the_ledger_shows_the_answer_field_by_field(play: Play) -> None:
    dana = mailed(play)
    say(play, dana)
    play.settle()
    (entry,) = [one for one in play.ledger("sendgrid") if one["path"] == INBOUND]
    assert (entry["direction"], entry["event"], entry["status"]) == ("out", "inbound", 204)
    assert (entry["to"], entry["text"], entry["contact"]) == (REPLY_TO["email"], "Yes, Thursday", dana)
    assert entry["local_time"].startswith("2027-03-02T09:46")
    assert entry["body"]["subject"] == "Re: Your question"


def test_a_scripted_answer_quotes_and_comes_when_it_should(play: Play) -> None:
    play.lead({"reply": {"channel": "email", "text": "Thanks", "after_s": 600}})
    send(play, reply_to=REPLY_TO)
    play.pass_time(seconds=602)
    assert play.product.at(INBOUND) == []
    play.pass_time(seconds=2)
    (heard,) = play.product.at(INBOUND)
    assert "> See https://example.com/tour" in form(heard)["text"]


def test_an_answer_to_a_mailbox_of_the_reps_own_reaches_no_webhook(play: Play) -> None:
    dana = play.lead({})
    send(play, reply_to={"email": "bob@example.com"})
    play.pass_time(minutes=1)
    assert say(play, dana).status_code == 200
    play.settle()
    assert play.product.at(INBOUND) == []
    page = requests.get(f"{play.url}/leads/{dana}", timeout=5).text
    assert "In the mailbox of bob@example.com" in page


def test_a_mail_cannot_be_answered_before_one_came(play: Play) -> None:
    answer = say(play, play.lead({}))
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "No mail has reached the lead yet, so there is none to answer.",
    )


@pytest.mark.parametrize("given", [{"quote": "yes"}, {"text": " "}, {"channel": "fax"}, {"more": 1}])
def test_what_cannot_be_said_is_refused(play: Play, given: dict[str, Any]) -> None:
    assert say(play, mailed(play), **given).status_code == 400


def test_a_server_error_brings_the_answer_again_and_a_refusal_does_not(play: Play) -> None:
    dana = mailed(play)
    play.product.says(INBOUND, (503, ""), (204, ""))
    say(play, dana)
    play.settle()
    assert len(play.product.at(INBOUND)) == 2
    play.product.says(INBOUND, (401, ""))
    say(play, dana)
    play.settle()
    assert len(play.product.at(INBOUND)) == 3


def test_the_leads_page_answers_a_mail(play: Play) -> None:
    dana = mailed(play)
    page = requests.get(f"{play.url}/leads/{dana}", timeout=5).text
    assert "Answer the last mail" in page
    form_data = {"channel": "email", "text": "From the page"}
    requests.post(f"{play.url}/leads/{dana}/say", data=form_data, timeout=5).raise_for_status()
    play.settle()
    assert form(play.product.at(INBOUND)[0])["text"].startswith("From the page\n\nOn Tue, Mar 2")
    assert "Re: Your question" in requests.get(f"{play.url}/leads/{dana}", timeout=5).text
