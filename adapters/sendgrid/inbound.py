"""The door for mails that SendGrid's Inbound Parse posts: who may knock, and at which address.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks
"""

from __future__ import annotations

import hmac

from adapters.sendgrid.signature import SignatureCheck, refused
from connector.ports import RawRequest
from connector.settings import Settings

INBOUND = "/webhooks/sendgrid/inbound"
#: SendGrid takes mails of up to 30 MB, attachments and all.
LONGEST_MAIL = 30 * 1024 * 1024


class InboundDoor:
    """Who may post mails: whoever has the key of the security policy, or else knows the address."""

    def __init__(self, settings: Settings) -> None:
        self._check = SignatureCheck(settings.sendgrid_parse_key, "SENDGRID_PARSE_KEY")
        self._is_signed = bool(settings.sendgrid_parse_key)
        self._secrets = [_secret(key) for key in settings.signing_keys]

    def verify(self, request: RawRequest) -> None:
        """Raises BadSignatureError."""
        if self._is_signed:
            self._check.verify(request)
        elif not self._is_secret(request):
            raise refused("SENDGRID_PARSE_KEY is not set, and the address is not the one that doctor prints")

    def may_come(self, request: RawRequest) -> bool:
        """Whether it is worth reading the body: a signature covers it, a secret does not."""
        return self._is_signed or self._is_secret(request)

    def _is_secret(self, request: RawRequest) -> bool:
        given = request.path.removeprefix(INBOUND).removeprefix("/")
        told = given.encode("utf-8", "replace")
        return any(hmac.compare_digest(told, secret.encode()) for secret in self._secrets)


def inbound_address(settings: Settings) -> str:
    """The address to give SendGrid for mails: a secret of 128 bits where nothing is signed."""
    plain = f"{settings.public_base}{INBOUND}"
    return plain if settings.sendgrid_parse_key else f"{plain}/{_secret(settings.secret_key)}"


def _secret(key: str) -> str:
    return hmac.digest(key.encode(), b"sendgrid inbound parse", "sha256")[:16].hex()
