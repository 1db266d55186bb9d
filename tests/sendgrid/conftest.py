from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connector.ports import EmailMessage, RawRequest
from connector.settings import Settings
from tests.wire.vendor import Answer, Vendor

KEY = "SG.a-key-nobody-may-see"
OURS = "followup@acme.example"
DANA = "dana@lead.example"
TOUCH = "t_0123456789abcdef01234567"
PUBLIC = "https://touch.example"
LINK = f"{PUBLIC}/u/abc"
WALL = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
PRIVATE = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class StoppedClock:
    """Run time and wall time far apart, as in a run that is not real."""

    margin: dt.timedelta = dt.timedelta()

    def now(self) -> dt.datetime:
        return dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)

    def wall(self) -> dt.datetime:
        return WALL


def public_key(private: ec.EllipticCurvePrivateKey = PRIVATE) -> str:
    """The key as SendGrid shows it."""
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def make_settings(url: str = "http://127.0.0.1:9", **given: Any) -> Settings:
    """Settings that reach nothing but `url`."""
    known: dict[str, Any] = {
        "_env_file": None,
        "sendgrid_api_url": url,
        "sendgrid_api_key": KEY,
        "sendgrid_from_email": OURS,
        "sendgrid_webhook_key": public_key(),
        "company_name": "Acme",
        "public_url": PUBLIC,
        "send_timeout_seconds": 5,
        **given,
    }
    return Settings(**known)


def mail(**given: Any) -> EmailMessage:
    known = {
        "touch_id": TOUCH,
        "to": DANA,
        "to_name": "Dana; Doe, Jr.",
        "subject": "Your question",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "unsubscribe_url": LINK,
        "reply_to": "bob@acme.example",
    }
    return EmailMessage(**{**known, **given})


def json_answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **named})


def signed(
    body: bytes,
    *,
    private: ec.EllipticCurvePrivateKey = PRIVATE,
    timestamp: str = "1700000000",
    path: str = "/webhooks/sendgrid/events",
) -> RawRequest:
    """A batch of events as SendGrid signs it."""
    signature = private.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return RawRequest(
        method="POST",
        url=f"{PUBLIC}{path}",
        path=path,
        headers={
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "Content-Type": "application/json",
        },
        body=body,
    )


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


@pytest.fixture
def settings(vendor: Vendor) -> Settings:
    # A base with a path, as an API behind a prefix has.
    return make_settings(f"{vendor.url}/sendgrid/")
