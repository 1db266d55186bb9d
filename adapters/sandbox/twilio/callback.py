"""Twilio's requests to the product: signed, and retried as the fragment of their address says."""

from __future__ import annotations

import base64
import hmac
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode

from adapters.sandbox.core.deliveries import Retries, Then
from adapters.sandbox.world import SandboxWorld

Params = dict[str, str]

# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_DEFAULTS = {"rc": "1", "rp": "ct", "tt": "15000"}
_RETRY_DELAY_S = 0.2


def signature(token: str, url: str, params: Params) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the address and the sorted form, in base64."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.digest(token.encode(), signed.encode(), "sha1")
    return base64.b64encode(digest).decode()


def connection(url: str) -> tuple[str, Retries]:
    """The address without its fragment, and how the fragment says to retry."""
    plain, fragment = urldefrag(url)
    wanted = {**_DEFAULTS, **dict(parse_qsl(fragment))}
    count = min(int(wanted["rc"]), 5) if wanted["rc"].isdigit() else int(_DEFAULTS["rc"])
    total_ms = int(wanted["tt"]) if wanted["tt"].isdigit() else int(_DEFAULTS["tt"])
    return plain, Retries(
        delays_s=(_RETRY_DELAY_S,) * count,
        is_failure=_failure(wanted["rp"]),
        timeout_s=min(max(total_ms, 100), 15000) / 1000,
    )


def _failure(policy: str) -> Callable[[int], bool]:
    chosen = set(policy.split(","))

    def is_failure(status: int) -> bool:
        # No answer at all (status 0) is a failed connection under every policy.
        client = 400 <= status < 500 and bool(chosen & {"4xx", "all"})
        server = status >= 500 and bool(chosen & {"5xx", "all"})
        return client or server

    return is_failure


class Callbacks:
    """Posts forms to the product in Twilio's name."""

    def __init__(self, world: SandboxWorld) -> None:
        self._deliveries = world.deliveries
        self._credentials = world.credentials.twilio

    def post(
        self,
        event: str,
        url: str,
        params: Params,
        *,
        then: Then | None = None,
        extra: dict[str, Any] | Callable[[int, bytes], dict[str, Any]] | None = None,
    ) -> None:
        """Sends `params` with the account's and version's, signed over the address without fragment."""
        plain, retries = connection(url)
        form = {"AccountSid": self._credentials.account_sid, "ApiVersion": "2010-04-01", **params}
        token = str(uuid.uuid4())

        def build() -> tuple[dict[str, str], bytes]:
            headers = {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
                "I-Twilio-Idempotency-Token": token,
                "X-Twilio-Signature": signature(self._credentials.auth_token, plain, form),
            }
            return headers, urlencode(form).encode()

        self._deliveries.post("twilio", event, plain, build=build, retries=retries, then=then, extra=extra)
