"""Checks that a request came from HubSpot, on the public address and the raw body.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
The SDK computes the hashes. Its `is_valid` is not used: it lets dates in the future pass,
raises on headers that are missing or not ASCII, and reads a clock of its own.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re

from hubspot.utils.signature import Signature

from connector.ports import BadSignatureError, RawRequest

_MAX_AGE = dt.timedelta(seconds=300)
#: More digits than any date in milliseconds that can be meant.
_TIMESTAMP = re.compile(r"[0-9]{1,15}", re.ASCII)

#: What HubSpot decodes in the address before it signs with v3.
_DECODED = {
    "%3a": ":",
    "%2f": "/",
    "%3f": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2a": "*",
    "%2c": ",",
    "%3b": ";",
}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)

V3_HEADER = "X-HubSpot-Signature-v3"
_V3_TIME_HEADER = "X-HubSpot-Request-Timestamp"
_V2_HEADER = "X-HubSpot-Signature"
_VERSION_HEADER = "X-HubSpot-Signature-Version"


def header(request: RawRequest, name: str) -> str:
    """A header whatever the case of its name; empty when it is missing."""
    wanted = name.lower()
    return next((value for key, value in request.headers.items() if key.lower() == wanted), "")


def verify_v3(request: RawRequest, secret: str, wall: dt.datetime) -> None:
    """Raises BadSignatureError with the reason when unsigned, wrongly signed or of another time.

    `wall` is the machine's time: HubSpot knows nothing of the run's.
    """
    signature = header(request, V3_HEADER)
    if not signature:
        raise BadSignatureError(f"no {V3_HEADER} header")
    timestamp = header(request, _V3_TIME_HEADER)
    _check_age(timestamp, wall)
    uri = _ENCODED.sub(lambda found: _DECODED[found.group().lower()], request.url)
    _compare(request, secret, signature, "v3", uri, timestamp)


def verify_v2(request: RawRequest, secret: str) -> None:
    """The older scheme, still documented for workflow actions. It carries no time."""
    signature = header(request, _V2_HEADER)
    version = header(request, _VERSION_HEADER).lower()
    if not signature:
        raise BadSignatureError(f"neither a {V3_HEADER} nor a {_V2_HEADER} header")
    if version != "v2":
        raise BadSignatureError(f"{_VERSION_HEADER} is {version or 'missing'}, expected v2")
    _compare(request, secret, signature, "v2", request.url, "")


def _check_age(timestamp: str, wall: dt.datetime) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadSignatureError(f"{_V3_TIME_HEADER} is missing or not a number of milliseconds")
    age = wall.timestamp() - int(timestamp) / 1000
    if age > _MAX_AGE.total_seconds():
        raise BadSignatureError(f"signed {age:.0f} seconds ago, more than {_MAX_AGE.total_seconds():.0f}")
    if age < -_MAX_AGE.total_seconds():
        raise BadSignatureError(f"signed {-age:.0f} seconds in the future; is this machine's clock right?")


def _compare(
    request: RawRequest, secret: str, signature: str, version: str, uri: str, timestamp: str
) -> None:
    if not secret:
        raise BadSignatureError("HUBSPOT_CLIENT_SECRET is not set, so nothing can be verified")
    try:
        body = request.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadSignatureError("the body is not UTF-8, so it is not what HubSpot signed") from error
    expected = Signature.get_signature(secret, body, version, uri, request.method.upper(), timestamp)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise BadSignatureError(
            f"the {version} signature does not match; is HUBSPOT_CLIENT_SECRET this app's?"
        )
