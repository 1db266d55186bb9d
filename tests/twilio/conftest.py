from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from connector.ports import RawRequest
from connector.settings import Settings
from tests.wire.vendor import Answer, Vendor

SID = "AC" + "0" * 32
TOKEN = "a-token-nobody-may-see"
OURS = "+12025550142"
DANA = "+12025550187"
PUBLIC = "https://touch.example"
TOUCH = "t_0123456789abcdef01234567"


def make_settings(url: str = "http://127.0.0.1:9", **given: Any) -> Settings:
    """Settings that reach nothing but `url`."""
    known: dict[str, Any] = {
        "_env_file": None,
        "twilio_api_url": url,
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_from_number": OURS,
        "public_url": PUBLIC,
        "send_timeout_seconds": 5,
        **given,
    }
    return Settings(**known)


def json_answer(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def signed(
    path: str, form: dict[str, str], *, token: str = TOKEN, signed_base: str = PUBLIC, **headers: str
) -> RawRequest:
    """A webhook as Twilio signs it."""
    signature = RequestValidator(token).compute_signature(f"{signed_base}{path.partition('#')[0]}", form)
    return RawRequest(
        method="POST",
        url=f"{PUBLIC}{path}",
        path=path.partition("#")[0].partition("?")[0],
        headers={
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            **headers,
        },
        body=urlencode(form).encode(),
    )


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


@pytest.fixture
def settings(vendor: Vendor) -> Settings:
    # A base with a path, as an API behind a prefix has.
    return make_settings(f"{vendor.url}/twilio/")
