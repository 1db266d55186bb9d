"""The opaque signed links with which a mail's reader unsubscribes."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from connector.settings import Settings

_SALT = "unsubscribe"


def _signer(settings: Settings) -> URLSafeSerializer:
    # itsdangerous signs with the last key and verifies with any.
    return URLSafeSerializer(list(reversed(settings.signing_keys)), salt=_SALT)


def unsubscribe_url(settings: Settings, touch_id: str) -> str:
    """The public address at which the reader of this touch's mail unsubscribes. It never expires."""
    return f"{settings.public_base}/u/{_signer(settings).dumps(touch_id)}"


def touch_of_token(settings: Settings, token: str) -> str | None:
    """The touch a link belongs to, None for a link we did not make."""
    try:
        return str(_signer(settings).loads(token))
    except BadSignature:
        return None
