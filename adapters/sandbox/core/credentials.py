"""The sandbox's fixed accounts and keys. They open nothing but a sandbox."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def _fixed(name: str, length: int) -> str:
    """A key that is the same in every sandbox, and that no scanner takes for a real one's leak."""
    return hashlib.sha256(f"sixthtouch sandbox {name}".encode()).hexdigest()[:length]


def _fixed_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(_fixed(name, 64), 16) >> 1, ec.SECP256R1())


def _shown(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as SendGrid shows it: base64 of its DER form."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _uuid(name: str) -> str:
    h = _fixed(name, 32)
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


@dataclass(frozen=True)
class HubSpotUser:
    """A person of the portal: signs in as a user, is assigned records as an owner."""

    key: str
    user_id: int
    owner_id: str
    email: str
    first_name: str
    last_name: str
    is_super_admin: bool


@dataclass(frozen=True)
class HubSpotCredentials:
    """The portal, the app and the portal's people."""

    portal_id: int = 24680135
    hub_domain: str = "sixth-touch-sandbox.example"
    app_id: int = 3141592
    client_id: str = _uuid("hubspot client id")
    client_secret: str = _uuid("hubspot client secret")
    users: tuple[HubSpotUser, ...] = (
        HubSpotUser("alice", 40001, "50001", "alice@example.com", "Alice", "Archer", is_super_admin=True),
        HubSpotUser("bob", 40002, "50002", "bob@example.com", "Bob", "Baker", is_super_admin=False),
    )


@dataclass(frozen=True)
class TwilioCredentials:
    """The account and its one number."""

    account_sid: str = "AC" + _fixed("twilio account", 32)
    auth_token: str = _fixed("twilio token", 32)
    from_number: str = "+12025550142"


@dataclass(frozen=True)
class SendGridCredentials:
    """The API key, the sender, the domain whose mail is parsed, and the keys that sign the webhooks."""

    api_key: str = f"SG.{_fixed('sendgrid key id', 22)}.{_fixed('sendgrid key', 43)}"
    from_email: str = "followup@sixthtouch.example"
    #: Its MX record leads to Inbound Parse.
    reply_domain: str = "reply.sixthtouch.example"
    webhook_private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: _fixed_key("sendgrid webhook"), repr=False
    )
    #: Of the security policy that Inbound Parse signs by.
    parse_private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: _fixed_key("sendgrid parse"), repr=False
    )

    @property
    def webhook_public_key(self) -> str:
        """The public key of the event webhook as SendGrid shows it."""
        return _shown(self.webhook_private_key)

    @property
    def webhook_private_pem(self) -> str:
        """The key that signs, so that a driver can sign events of its own."""
        return _pem(self.webhook_private_key)

    @property
    def parse_public_key(self) -> str:
        """The public key of the security policy as SendGrid shows it."""
        return _shown(self.parse_private_key)

    @property
    def parse_private_pem(self) -> str:
        """The key that signs, so that a driver can sign mails of its own."""
        return _pem(self.parse_private_key)


@dataclass(frozen=True)
class Credentials:
    """All vendors' credentials."""

    hubspot: HubSpotCredentials = field(default_factory=HubSpotCredentials)
    twilio: TwilioCredentials = field(default_factory=TwilioCredentials)
    sendgrid: SendGridCredentials = field(default_factory=SendGridCredentials)

    def shown(self) -> dict[str, Any]:
        """What `GET /_sandbox/credentials` answers: by vendor, and as settings under `env`."""
        hubspot, twilio, sendgrid = self.hubspot, self.twilio, self.sendgrid
        return {
            "hubspot": {
                "portal_id": hubspot.portal_id,
                "app_id": hubspot.app_id,
                "client_id": hubspot.client_id,
                "client_secret": hubspot.client_secret,
                "users": [dict(vars(user)) for user in hubspot.users],
            },
            "twilio": dict(vars(twilio)),
            "sendgrid": {
                "api_key": sendgrid.api_key,
                "from_email": sendgrid.from_email,
                "webhook_public_key": sendgrid.webhook_public_key,
                "webhook_private_key": sendgrid.webhook_private_pem,
                "reply_domain": sendgrid.reply_domain,
                "parse_public_key": sendgrid.parse_public_key,
                "parse_private_key": sendgrid.parse_private_pem,
            },
            "env": {
                "HUBSPOT_CLIENT_ID": hubspot.client_id,
                "HUBSPOT_CLIENT_SECRET": hubspot.client_secret,
                "TWILIO_ACCOUNT_SID": twilio.account_sid,
                "TWILIO_AUTH_TOKEN": twilio.auth_token,
                "TWILIO_FROM_NUMBER": twilio.from_number,
                "SENDGRID_API_KEY": sendgrid.api_key,
                "SENDGRID_FROM_EMAIL": sendgrid.from_email,
                "SENDGRID_WEBHOOK_KEY": sendgrid.webhook_public_key,
                "SENDGRID_PARSE_KEY": sendgrid.parse_public_key,
                "REPLY_DOMAIN": sendgrid.reply_domain,
            },
        }
