"""What `sixthtouch doctor` looks at: each check a small function from settings to findings.

Here are those of what a run is given; what runs, and what is outside, have files of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from adapters.own_keys import with_own_keys
from adapters.vault import FernetVault
from adapters.wiring import mail_address
from connector.settings import Settings, TimeMode
from connector.store.migrate import SchemaError, current_revision, require_head
from connector.store.sessions import open_engine
from jobs.cli.finding import Finding, Found, Level, first_line
from jobs.cli.places import ROOT
from jobs.cli.process_checks import PROCESS_CHECKS
from jobs.cli.provider_checks import PROVIDER_CHECKS

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ASSETS = ROOT / "connector" / "web" / "static" / "vendor" / "manifest.json"
_MIGRATE = "sixthtouch run brings it up to date, or: python -m connector.store.migrate"
_VENDOR_KEYS = (
    "hubspot_client_id",
    "hubspot_client_secret",
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_from_number",
    "sendgrid_api_key",
    "sendgrid_from_email",
    "sendgrid_webhook_key",
)


def examine(settings: Settings) -> list[Finding]:
    """All checks, in the order in which one would repair."""
    return [Finding(name, *found) for name, check in CHECKS.items() for found in check(settings)]


def _python(_settings: Settings) -> Found:
    # An older one does not come this far: it cannot read the settings.
    yield Level.OK, f"Python {sys.version.split()[0]}"


def _assets(_settings: Settings) -> Found:
    if _ASSETS.is_file():
        yield Level.OK, "The pages' styles and scripts are in place."
    else:
        yield Level.RED, "The pages have no styles and scripts. Run: make assets"


def _keys(settings: Settings) -> Found:
    kept = settings.data_dir / "keys"
    if not settings.sixthtouch_keys and not kept.exists():
        yield Level.NOTE, f"Keys that encrypt tokens will be made in {kept}, or give SIXTHTOUCH_KEYS."
        return
    try:
        FernetVault(with_own_keys(settings).sixthtouch_keys)
    except (ValueError, OSError) as error:
        yield Level.RED, f"Tokens cannot be encrypted (SIXTHTOUCH_KEYS): {error}"
    else:
        yield (
            Level.OK,
            "Tokens are encrypted "
            + ("by SIXTHTOUCH_KEYS." if settings.sixthtouch_keys else f"by keys in {kept}."),
        )


def _database(settings: Settings) -> Found:
    if not settings.database_url and not settings.data_dir.exists():
        yield Level.NOTE, f"The database will be made in {settings.data_dir} by sixthtouch run."
        return
    try:
        engine = open_engine(settings.database)
        at = current_revision(engine)
    except SQLAlchemyError as error:
        yield Level.RED, f"The database cannot be reached: check DATABASE_URL. It says: {first_line(error)}"
        return
    if at is None:
        yield Level.NOTE, f"The database has no tables yet. {_MIGRATE}"
        return
    try:
        require_head(engine)
    except SchemaError as error:
        yield Level.RED, str(error)
    else:
        yield Level.OK, f"The database is at revision {at}."


def _redis(settings: Settings) -> Found:
    if not settings.redis_url:
        yield Level.NOTE, "REDIS_URL is not set: sixthtouch run starts the embedded Valkey."
        return
    try:
        with Redis.from_url(settings.redis_url) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        yield (
            Level.RED,
            f"Redis cannot be reached: check REDIS_URL, or start sixthtouch run. It says: {error}",
        )
    else:
        yield Level.OK, "Redis answers."


def _clock(settings: Settings) -> Found:
    asked = settings.sixthtouch_time
    path = settings.data_dir / "clock.json"
    made_in = json.loads(path.read_text(encoding="utf-8"))["mode"] if path.exists() else asked
    if made_in != asked:
        yield (
            Level.RED,
            f"{settings.data_dir} was made with SIXTHTOUCH_TIME={made_in} and the setting is {asked}: "
            "use another DATA_DIR, or begin anew with FRESH=1.",
        )
    elif asked is TimeMode.REAL:
        yield Level.OK, "Time is the machine's."
    else:
        yield Level.NOTE, f"Time is not real (SIXTHTOUCH_TIME={asked}): for the sandbox only."


def _vendors(settings: Settings) -> Found:
    if settings.sixthtouch_sandbox:
        yield Level.NOTE, f"HubSpot, Twilio and SendGrid are the sandbox on {settings.sixthtouch_sandbox}."
        return
    missing = [name.upper() for name in _VENDOR_KEYS if not getattr(settings, name)]
    if len(missing) == len(_VENDOR_KEYS):
        yield Level.NOTE, "No vendor's keys are set: sixthtouch run starts a sandbox in their place."
    elif missing:
        yield Level.RED, f"Keys are missing: {', '.join(missing)}. README.md says where each comes from."
    else:
        yield Level.OK, "All vendors' keys are set."


def _messages(settings: Settings) -> Found:
    wanted = {
        "company_name": "messages must say who they are from",
        "postal_address": "no mail goes without it (CAN-SPAM)",
        "handoff_number": "a lead without an owner's number who presses 1 gets a callback task instead",
    }
    for name, reason in wanted.items():
        if not getattr(settings, name):
            yield Level.NOTE, f"{name.upper()} is not set: {reason}."
    if all(getattr(settings, name) for name in wanted):
        yield Level.OK, "Messages have a sender, a postal address and a number to hand over to."


def _replies(settings: Settings) -> Found:
    if not settings.reply_domain:
        yield (
            Level.NOTE,
            "REPLY_DOMAIN is not set: answers to mails go to the owner's mailbox, where they stop nothing.",
        )
        return
    try:
        address = mail_address(with_own_keys(settings))
    except OSError as error:
        yield Level.RED, f"The secret of the address for mails cannot be kept: {error}"
        return
    yield (
        Level.OK,
        f"Mail to {settings.reply_domain} is answered here: its MX record is mx.sendgrid.net, and SendGrid's "
        f"Inbound Parse posts it to {address}",
    )
    if not settings.sendgrid_parse_key:
        yield (
            Level.NOTE,
            "SENDGRID_PARSE_KEY is not set: that address is a secret, and whoever knows it can post mails.",
        )


def _public_url(settings: Settings) -> Found:
    url = urlsplit(settings.public_base)
    is_here = url.hostname in _LOOPBACK
    if is_here and settings.hubspot_client_id and not settings.sixthtouch_sandbox:
        yield (
            Level.RED,
            f"PUBLIC_URL is {settings.public_base}, which no vendor can reach: no reply and no status "
            "would arrive. Set it to the https address of this machine.",
        )
    elif not is_here and url.scheme != "https":
        yield Level.RED, f"PUBLIC_URL is {settings.public_base}: vendors call back over https only."
    else:
        yield Level.OK, f"Vendors call back on {settings.public_base}."


CHECKS: dict[str, Callable[[Settings], Found]] = {
    "python": _python,
    "assets": _assets,
    "keys": _keys,
    "database": _database,
    "redis": _redis,
    "clock": _clock,
    "vendors": _vendors,
    "messages": _messages,
    "mail replies": _replies,
    "public url": _public_url,
    **PROCESS_CHECKS,
    **PROVIDER_CHECKS,
}
