"""SendGrid's signature: ECDSA over a timestamp and the bytes of the body, the same for all its webhooks.

The SDK's own verifier takes text; a mail's attachments are none, so the bytes are verified here.
"""

from __future__ import annotations

import base64

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader

from connector.ports import BadSignatureError, RawRequest

_log = structlog.get_logger(__name__)


class SignatureCheck:
    """Checks what is signed with the key of one webhook. `setting` is the key's name, for sentences."""

    def __init__(self, key: str, setting: str) -> None:
        self._setting = setting
        self._key = _loaded(key, setting)

    def verify(self, request: RawRequest) -> None:
        """Raises BadSignatureError.

        The signature's timestamp is part of what is signed and its age is not looked at: SendGrid
        repeats for days. A repeat is recognised by its ids.
        """
        headers = {name.lower(): value for name, value in request.headers.items()}
        signature = headers.get(EventWebhookHeader.SIGNATURE.lower(), "")
        timestamp = headers.get(EventWebhookHeader.TIMESTAMP.lower(), "")
        if self._key is None:
            raise refused(f"no usable {self._setting} is set, so nothing can be verified")
        if not signature or not timestamp:
            raise refused(f"no {EventWebhookHeader.SIGNATURE} or {EventWebhookHeader.TIMESTAMP} header")
        try:
            given = base64.b64decode(signature, validate=True)
            self._key.verify(given, timestamp.encode() + request.body, ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            raise refused(f"the signature does not match; is {self._setting} this webhook's?") from None


def refused(why: str) -> BadSignatureError:
    """The refusal, told to the log as well."""
    _log.warning("sendgrid.bad_signature", why=why)
    return BadSignatureError(why)


def _loaded(key: str, setting: str) -> EllipticCurvePublicKey | None:
    """The key of the settings, or None: then nothing is accepted, and the log says why."""
    try:
        loaded = load_der_public_key(base64.b64decode(key)) if key else None
    except ValueError:
        loaded = None
    if isinstance(loaded, EllipticCurvePublicKey):
        return loaded
    if key:
        _log.error(
            "sendgrid.webhook_key_unusable",
            setting=setting,
            expected="the public key that SendGrid shows, base64",
        )
    return None
