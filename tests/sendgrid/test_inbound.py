from __future__ import annotations

import json
from dataclasses import replace
from email.message import EmailMessage as Mime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata

from adapters.sendgrid import SendGridWebhooks, inbound_address
from connector.ports import (
    Attachment,
    BadRequestBodyError,
    BadSignatureError,
    EmailReceived,
    RawEvent,
    RawRequest,
)
from connector.settings import Settings
from tests.sendgrid.conftest import PUBLIC, make_settings, public_key, signed

INBOUND = "/webhooks/sendgrid/inbound"
REPLY = "r+token@reply.acme.example"
ENVELOPE = json.dumps({"to": [REPLY], "from": "dana@lead.example"})
HEADERS = (
    "Received: by mx.example\nFrom: Dana <dana@lead.example>\nTo: Bob <r+token@reply.acme.example>\n"
    "Subject: Re: Hi\nMessage-ID: <m1@lead.example>\nIn-Reply-To: <t1@reply.acme.example>\n"
    "References: <t0@reply.acme.example>\n <t1@reply.acme.example>\nContent-Type: text/plain; charset=utf-8\n"
)
FIELDS: dict[str, Any] = {
    "headers": HEADERS,
    "dkim": "{@lead.example : pass}",
    "to": "Bob <r+token@reply.acme.example>",
    "from": "Dana Reyes <dana@lead.example>",
    "text": "Yes, please.\n",
    "html": "<p>Yes, please.</p>",
    "sender_ip": "203.0.113.1",
    "envelope": ENVELOPE,
    "attachments": "0",
    "subject": "Re: Hi",
    "charsets": json.dumps(dict.fromkeys(("to", "html", "subject", "from", "text"), "UTF-8")),
    "SPF": "pass",
}


def signing() -> Settings:
    return make_settings(sendgrid_parse_key=public_key(), secret_key="s" * 40)


def secret() -> Settings:
    return make_settings(secret_key="s" * 40)


def posted(fields: dict[str, Any] | list[tuple[str, Any]], path: str = INBOUND) -> RawRequest:
    """The fields as SendGrid posts and signs them."""
    body, content_type = encode_multipart_formdata(fields, boundary="xYzZY")
    return typed(signed(body, path=path), content_type)


def typed(request: RawRequest, content_type: str) -> RawRequest:
    return replace(request, headers={**request.headers, "Content-Type": content_type})


def but(*left_out: str, **given: Any) -> dict[str, Any]:
    return {name: value for name, value in {**FIELDS, **given}.items() if name not in left_out}


def take(request: RawRequest) -> RawEvent:
    (event,) = SendGridWebhooks(signing()).accept(request)
    # What is stored is JSON that every database takes.
    assert "\x00" not in json.dumps(event.payload, ensure_ascii=False)
    json.dumps(event.payload, ensure_ascii=False).encode()
    return event


def read(request: RawRequest) -> EmailReceived:
    mail = SendGridWebhooks(signing()).read(json.loads(json.dumps(take(request).payload)))
    assert isinstance(mail, EmailReceived)
    return mail


def test_a_parsed_mail_is_read() -> None:
    mail = read(posted(FIELDS))
    assert mail == EmailReceived(
        key=mail.key,
        from_address="dana@lead.example",
        recipients=(REPLY,),
        subject="Re: Hi",
        text="Yes, please.\n",
        return_path="dana@lead.example",
        references=("t1@reply.acme.example", "t0@reply.acme.example"),
        headers={"content-type": "text/plain; charset=utf-8"},
    )


def test_a_raw_mail_is_read() -> None:
    mime = Mime()
    mime["From"], mime["To"] = "Dana <dana@lead.example>", f"Bob <{REPLY}>"
    mime["Subject"], mime["Message-ID"] = "Re: Wände für später", "<m1@lead.example>"
    mime["In-Reply-To"], mime["Auto-Submitted"] = "<t1@reply.acme.example>", "no"
    mime.set_content("Schöne Grüße", charset="iso-8859-1")
    mime.add_alternative("<p>Schöne Grüße</p>", subtype="html")
    mime.add_attachment(b"x" * 2048, maintype="application", subtype="pdf", filename="plän.pdf")
    for field in ("email", "rawEmail"):
        mail = read(posted({"envelope": ENVELOPE, "SPF": "pass", field: mime.as_bytes()}))
        assert (mail.from_address, mail.recipients, mail.subject) == (
            "dana@lead.example",
            (REPLY,),
            "Re: Wände für später",
        )
        assert (mail.text.strip(), mail.references) == ("Schöne Grüße", ("t1@reply.acme.example",))
        assert mail.attachments == (Attachment("plän.pdf", 2048),)
        assert mail.headers["auto-submitted"] == "no"


def test_each_field_is_read_in_its_own_charset() -> None:
    charsets = json.dumps(
        {"text": "iso-8859-1", "subject": "shift_jis", "html": "utf-8", "from": "windows-1252"}
    )
    mail = read(
        posted(
            but(
                text="Größe".encode("iso-8859-1"),
                subject="見積もり".encode("shift_jis"),
                charsets=charsets,
            ) | {"from": "Zoë <zoe@lead.example>".encode("cp1252")}
        )
    )  # fmt: skip
    assert (mail.text, mail.subject, mail.from_address) == ("Größe", "見積もり", "zoe@lead.example")


@pytest.mark.parametrize(
    "charset", ["utf-8", "x-unknown", "idna", "punycode", "base64", "\x00", "", "utf-16", "hex"]
)
def test_a_wrong_charset_costs_letters_and_never_the_mail(charset: str) -> None:
    mail = read(posted(but(text=b"Gr\xf6\xdfe\x00", charsets=json.dumps({"text": charset}))))
    assert mail.text
    assert mail.recipients == (REPLY,)


def test_html_is_kept_where_there_is_no_text() -> None:
    assert read(posted(but("text"))).html == "<p>Yes, please.</p>"
    assert read(posted(but(text=" \r\n"))).html == "<p>Yes, please.</p>"
    assert read(posted(FIELDS)).html == ""


def test_attachments_are_noted_by_name_and_size_and_what_is_in_them_is_not_stored() -> None:
    fields = [
        *FIELDS.items(),
        ("attachment-info", json.dumps({"attachment1": {"filename": "Plan.pdf", "type": "application/pdf"}})),
        ("attachment1", ("x.pdf", b"\x00\xffSECRET", "application/pdf")),
        ("attachment2", ("../../etc/passwd", b"", "text/plain")),
    ]
    event = take(posted(fields))
    assert "SECRET" not in json.dumps(event.payload)
    mail = SendGridWebhooks(signing()).read(event.payload)
    assert isinstance(mail, EmailReceived)
    assert mail.attachments == (Attachment("Plan.pdf", 8), Attachment("../../etc/passwd", 0))


def test_the_same_mail_has_one_key_however_often_it_is_posted() -> None:
    first = take(posted(FIELDS)).dedupe_key
    assert take(posted(but(sender_ip="203.0.113.2", spam_score="1"))).dedupe_key == first
    assert take(posted(but(headers=HEADERS.replace("m1@", "m2@")))).dedupe_key != first
    other = json.dumps({"to": ["r+other@reply.acme.example"], "from": "dana@lead.example"})
    assert take(posted(but(envelope=other))).dedupe_key != first


def test_without_a_message_id_the_body_is_the_key() -> None:
    bare = HEADERS.replace("Message-ID: <m1@lead.example>\n", "")
    first = take(posted(but(headers=bare))).dedupe_key
    body, content_type = encode_multipart_formdata(but(headers=bare), boundary="another")
    assert take(typed(signed(body, path=INBOUND), content_type)).dedupe_key == first
    assert take(posted(but(headers=bare, text="Something else"))).dedupe_key != first


@pytest.mark.parametrize(
    ("spf", "dkim", "is_doubtful"),
    [
        ("pass", "{@lead.example : pass}", False),
        ("fail", "{@lead.example : pass}", False),
        ("fail", "none", True),
        ("softfail", "{@x : fail}", True),
        ("none", "none", False),
        ("", "", False),
    ],
)
def test_a_mail_that_its_domain_disowns_is_doubtful(spf: str, dkim: str, is_doubtful: bool) -> None:
    assert read(posted(but(SPF=spf, dkim=dkim))).is_doubtful is is_doubtful


@pytest.mark.parametrize("missing", sorted(set(FIELDS) - {"text", "html"}))
def test_a_mail_without_one_of_its_fields_is_still_a_mail(missing: str) -> None:
    mail = read(posted(but(missing)))
    assert mail.recipients == (REPLY,)
    assert mail.from_address == "dana@lead.example"


@pytest.mark.parametrize(
    "odd",
    [
        {"envelope": "no JSON"},
        {"envelope": json.dumps({"to": "r+token@reply.acme.example", "from": 7})},
        {"envelope": json.dumps([1])},
        {"envelope": "[" * 10_000},
        {"envelope": json.dumps({"to": [None, {"a": 1}, REPLY], "from": "\ud800@x"})},
        {"charsets": "[]"},
        {"charsets": json.dumps({"text": {"a": 1}})},
        {"attachment-info": "nonsense"},
        {"headers": "no headers at all"},
        {"headers": "A: " + "x" * 200_000},
        {"headers": "Subject: =?utf-8?b?!!!?=\nFrom: =?x-none?q?=ff?= <a@b.example>\n\n"},
        {"subject": "\x00" * 100},
        {"from": "Dana <dana@lead.example" + ">" * 1000},
        {"from": "(" * 5000},
    ],
)
def test_odd_fields_harm_nothing(odd: dict[str, Any]) -> None:
    assert read(posted({**FIELDS, **odd})).recipients == (REPLY,)


def test_an_empty_return_path_is_told_apart_from_none() -> None:
    assert read(posted(but(envelope=json.dumps({"to": [REPLY], "from": ""})))).return_path == ""
    assert read(posted(but("envelope"))).return_path is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "neither a sender nor a recipient"),
        ({"text": "Hello"}, "neither a sender nor a recipient"),
        ({"email": b"\xff\xfe"}, "neither a sender nor a recipient"),
    ],
)
def test_a_form_that_is_no_mail_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequestBodyError, match=why):
        SendGridWebhooks(signing()).accept(posted(fields))


@pytest.mark.parametrize(
    ("content_type", "change", "why"),
    [
        ("application/json", lambda body: body, "no multipart/form-data"),
        ("multipart/form-data", lambda body: body, "with a boundary"),
        ("multipart/form-data; boundary=ÿ", lambda body: body, "with a boundary"),
        ("multipart/form-data; boundary=xYzZY", lambda body: body[:300], "broken"),
        ("multipart/form-data; boundary=xYzZY", lambda body: body[:-10], "broken"),
        ("multipart/form-data; boundary=another", lambda body: body, "broken"),
        ("multipart/form-data; boundary=xYzZY", lambda body: b"", "broken"),
        (
            "multipart/form-data; boundary=xYzZY",
            lambda body: body.replace(b"Content-Disp", b"Cont"),
            "broken",
        ),
    ],
)
def test_a_broken_form_is_refused_in_a_sentence(content_type: str, change: Any, why: str) -> None:
    body, _ = encode_multipart_formdata(FIELDS, boundary="xYzZY")
    with pytest.raises(BadRequestBodyError, match=why):
        SendGridWebhooks(signing()).accept(typed(signed(change(body), path=INBOUND), content_type))


def test_hundreds_of_parts_are_a_mail_and_ten_thousand_are_none() -> None:
    def files(count: int) -> list[tuple[str, Any]]:
        return [(f"attachment{place}", (f"{place}.txt", b"x", "text/plain")) for place in range(count)]

    mail = read(posted([*FIELDS.items(), *files(800)]))
    assert (len(mail.attachments), mail.text) == (50, "Yes, please.\n")
    with pytest.raises(BadRequestBodyError, match="more than 5000 parts"):
        SendGridWebhooks(signing()).accept(posted([*FIELDS.items(), *files(10_000)]))


def test_a_raw_mail_nested_without_end_is_read_as_far_as_its_headers() -> None:
    deep = "From: dana@lead.example\nSubject: Deep\n"
    for level in range(2000):
        deep += f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
    mail = read(posted({"envelope": ENVELOPE, "email": deep}))
    assert (mail.subject, mail.from_address) == ("Deep", "dana@lead.example")


def test_a_file_whose_name_is_not_utf_8_does_not_cost_the_mail() -> None:
    body, content_type = encode_multipart_formdata(
        [*FIELDS.items(), ("attachment1", ("NAME.txt", b"x", "text/plain"))], boundary="xYzZY"
    )
    mail = read(typed(signed(body.replace(b"NAME", b"n\xe4me"), path=INBOUND), content_type))
    assert mail.attachments[0].size == 1


@given(st.binary(max_size=400))
def test_any_raw_bytes_are_a_mail_or_refused(raw: bytes) -> None:
    read(posted({"envelope": ENVELOPE, "email": raw}))


@given(st.binary(max_size=200))
def test_any_body_is_a_mail_or_refused(raw: bytes) -> None:
    with pytest.raises(BadRequestBodyError):
        SendGridWebhooks(signing()).accept(
            typed(signed(b"--x\r\n" + raw, path=INBOUND), "multipart/form-data; boundary=x")
        )


def test_a_signature_covers_the_bytes_also_those_that_are_no_text() -> None:
    good = posted([*FIELDS.items(), ("attachment1", ("x.bin", b"\xff\x00\xfe", "application/octet-stream"))])
    webhooks = SendGridWebhooks(signing())
    assert webhooks.accept(good)
    for bad in (
        replace(good, body=good.body.replace(b"\xff\x00", b"\xfe\x00")),
        replace(good, headers={"Content-Type": good.headers["Content-Type"]}),
        replace(good, body=b""),
    ):
        with pytest.raises(BadSignatureError, match=r"SENDGRID_PARSE_KEY|Signature"):
            webhooks.accept(bad)


def test_where_a_key_is_set_the_secret_opens_nothing() -> None:
    path = inbound_address(secret()).removeprefix(PUBLIC)
    unsigned = replace(posted(FIELDS, path), headers={"Content-Type": posted(FIELDS).headers["Content-Type"]})
    assert SendGridWebhooks(secret()).accept(unsigned)
    with pytest.raises(BadSignatureError):
        SendGridWebhooks(signing()).accept(unsigned)


@pytest.mark.parametrize("rest", ["", "/", "/" + "0" * 32, "/ÿ", "/\udcff"])
def test_without_a_key_the_address_is_the_secret(rest: str) -> None:
    address = inbound_address(secret())
    assert address.startswith(f"{PUBLIC}{INBOUND}/")
    assert len(address.rpartition("/")[2]) == 32
    with pytest.raises(BadSignatureError, match="not the one that doctor prints"):
        SendGridWebhooks(secret()).accept(posted(FIELDS, INBOUND + rest))


def test_the_secret_outlives_a_new_key_and_differs_between_installations() -> None:
    earlier = inbound_address(secret()).removeprefix(PUBLIC)
    now = make_settings(secret_key="t" * 40, secret_key_fallbacks="s" * 40)
    assert inbound_address(now).removeprefix(PUBLIC) != earlier
    assert SendGridWebhooks(now).accept(posted(FIELDS, earlier))


def test_long_bodies_are_only_read_for_mails_from_whoever_may_be_sendgrid() -> None:
    mails, events = posted(FIELDS), signed(b"[]")
    assert SendGridWebhooks(signing()).longest_body(mails) == 30 * 1024 * 1024
    assert SendGridWebhooks(signing()).longest_body(events) is None
    assert SendGridWebhooks(secret()).longest_body(mails) is None
    told = replace(mails, path=inbound_address(secret()).removeprefix(PUBLIC))
    assert SendGridWebhooks(secret()).longest_body(told) == 30 * 1024 * 1024
