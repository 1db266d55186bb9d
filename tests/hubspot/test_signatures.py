"""Who may speak as HubSpot."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

import pytest

from adapters.hubspot.signatures import verify_v2, verify_v3
from connector.ports import BadSignatureError, RawRequest

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URL = "https://www.example.com/webhook_uri"
BODY = b"{'example_field':'example_value'}"
SIGNED_AT = dt.datetime.fromtimestamp(1693657560, dt.UTC)
V3 = {
    "X-HubSpot-Signature-v3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    "X-HubSpot-Request-Timestamp": "1693657560000",
}


def request(
    headers: Mapping[str, str], *, method: str = "POST", url: str = URL, body: bytes = BODY
) -> RawRequest:
    return RawRequest(method=method, url=url, path="/webhook_uri", headers=headers, body=body)


def signed_v3(url: str, body: bytes, timestamp: str) -> dict[str, str]:
    source = b"POST" + url.encode() + body + timestamp.encode()
    digest = base64.b64encode(hmac.new(SECRET.encode(), source, hashlib.sha256).digest()).decode()
    return {"X-HubSpot-Signature-v3": digest, "X-HubSpot-Request-Timestamp": timestamp}


def test_hubspots_own_example_of_v3_is_accepted() -> None:
    verify_v3(request(V3), SECRET, SIGNED_AT)


def test_header_names_may_come_in_any_case() -> None:
    verify_v3(request({name.upper(): value for name, value in V3.items()}), SECRET, SIGNED_AT)


def test_hubspots_own_example_of_v2_is_accepted() -> None:
    headers = {
        "X-HubSpot-Signature": "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e",
        "X-HubSpot-Signature-Version": "v2",
    }
    verify_v2(request(headers, method="GET", body=b""), SECRET)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_of_difference_are_borne(seconds: int) -> None:
    verify_v3(request(V3), SECRET, SIGNED_AT + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "reason"), [(301, "ago"), (-301, "in the future"), (86_400, "ago")])
def test_a_stale_or_future_signature_is_refused(seconds: int, reason: str) -> None:
    with pytest.raises(BadSignatureError, match=reason):
        verify_v3(request(V3), SECRET, SIGNED_AT + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-HubSpot-Signature-v3": V3["X-HubSpot-Signature-v3"]},
        {"X-HubSpot-Request-Timestamp": V3["X-HubSpot-Request-Timestamp"]},
        V3 | {"X-HubSpot-Request-Timestamp": ""},
        V3 | {"X-HubSpot-Request-Timestamp": "now"},
        V3 | {"X-HubSpot-Request-Timestamp": "-1693657560000"},
        V3 | {"X-HubSpot-Request-Timestamp": "1693657560000.0"},
        V3 | {"X-HubSpot-Request-Timestamp": "1693657560000 "},
        V3 | {"X-HubSpot-Request-Timestamp": "١٦٩٣٦٥٧٥٦٠٠٠٠"},
        V3 | {"X-HubSpot-Request-Timestamp": "9" * 400},
        V3 | {"X-HubSpot-Signature-v3": "ß"},
        V3 | {"X-HubSpot-Signature-v3": "\udce4"},
        V3 | {"X-HubSpot-Signature-v3": "A" * 44},
    ],
)
def test_headers_that_prove_nothing_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignatureError):
        verify_v3(request(headers), SECRET, SIGNED_AT)


def test_another_body_address_method_or_secret_is_refused() -> None:
    for forged in (
        request(V3, body=BODY + b" "),
        request(V3, url=URL + "?a=1"),
        request(V3, method="PUT"),
        request(V3, body=b"\xff\xfe"),
    ):
        with pytest.raises(BadSignatureError):
            verify_v3(forged, SECRET, SIGNED_AT)
    with pytest.raises(BadSignatureError, match="HUBSPOT_CLIENT_SECRET"):
        verify_v3(request(V3), "another", SIGNED_AT)


def test_without_a_secret_nothing_is_accepted() -> None:
    headers = {"X-HubSpot-Signature-Version": "v2"}
    headers["X-HubSpot-Signature"] = hashlib.sha256(b"POST" + URL.encode() + BODY).hexdigest()
    with pytest.raises(BadSignatureError, match="not set"):
        verify_v2(request(headers), "")


def test_v3_is_checked_on_the_decoded_address() -> None:
    called = "https://www.example.com/hook?next=https%3A%2F%2fexample.com%3Fa&mail=a%40b&space=%20"
    signed = "https://www.example.com/hook?next=https://example.com?a&mail=a@b&space=%20"
    headers = signed_v3(signed, BODY, V3["X-HubSpot-Request-Timestamp"])
    verify_v3(request(headers, url=called), SECRET, SIGNED_AT)


def test_v1_does_not_pass_for_v2() -> None:
    headers = {
        "X-HubSpot-Signature": hashlib.sha256(SECRET.encode() + BODY).hexdigest(),
        "X-HubSpot-Signature-Version": "v1",
    }
    with pytest.raises(BadSignatureError, match="expected v2"):
        verify_v2(request(headers), SECRET)
