"""How SendGrid signs a webhook: ECDSA over the wall time in seconds and the body."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.sandbox.world import SandboxWorld


def signed_headers(world: SandboxWorld, key: ec.EllipticCurvePrivateKey, body: bytes) -> dict[str, str]:
    """The two headers of a request that goes out now. Inbound Parse names them as the event webhook does."""
    timestamp = str(int(world.clock.wall().timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
