"""Every setting in one typed object, read from the environment and `.env`, checked together.

`sixthtouch doctor` prints this table; `tests/test_settings.py` sees that each has a meaning.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """The settings cannot be used. The message lists every problem and what to do."""


class TimeMode(StrEnum):
    """Three ways in which the run's time passes."""

    REAL = "real"
    SCALE = "scale"
    STEP = "step"


_MARK = "x-secret"
#: What adapters allow a connection to a vendor to take, at most.
_CONNECT_SECONDS = 3.05
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_VENDOR_ADDRESSES = ("hubspot_api_url", "hubspot_app_url", "twilio_api_url", "sendgrid_api_url")

_DOMAIN = re.compile(r"(?=.{4,189}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")

_KINDS = {
    "database_url": ("sqlite:", "postgres:", "postgresql:", "postgresql+psycopg:"),
    "redis_url": ("redis:", "rediss:", "unix:"),
}


def _secret(description: str) -> Any:
    """A setting that is shown to nobody."""
    return Field(default="", description=description, repr=False, json_schema_extra={_MARK: True})


class Settings(BaseSettings):
    """What a run of Sixth Touch is told. The environment's names are these in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder that holds all state of the run.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port of the web process on 127.0.0.1.")
    public_url: str = Field(
        default="", description="Address under which the outside reaches us; default http://localhost:PORT."
    )
    database_url: str = Field(
        default="", description="Database: sqlite:///… or postgresql+psycopg://…; default SQLite in DATA_DIR."
    )
    redis_url: str = Field(
        default="", description="Redis for the job queue; default the embedded Valkey in DATA_DIR."
    )
    secret_key: str = _secret("Signs sessions and links; default made once and kept in DATA_DIR.")
    secret_key_fallbacks: str = _secret(
        "Earlier SECRET_KEYs, comma between: links in mails that went out stay good for ever."
    )
    sixthtouch_keys: str = _secret(
        "Fernet keys that encrypt tokens, newest first, comma between; default made once in DATA_DIR."
    )
    company_name: str = Field(default="", description="Your company, as messages call it.")
    company_number: str = Field(
        default="", description="Number messages give for calling back; default TWILIO_FROM_NUMBER."
    )
    postal_address: str = Field(
        default="", description="Postal address at the foot of every mail; without it no mail goes."
    )
    handoff_number: str = Field(
        default="",
        description="Number rung when a lead calls, or presses 1 during a call, and the owner has none of their own.",
    )
    default_region: str = Field(default="US", description="Country of phone numbers written without +.")

    sixthtouch_time: TimeMode = Field(
        default=TimeMode.REAL,
        description="How time passes: real, scale (faster) or step (moved by a driver).",
    )
    sixthtouch_time_scale: float = Field(
        default=1440, gt=0, description="How many times faster `scale` runs."
    )
    sixthtouch_time_start: dt.datetime | None = Field(
        default=None,
        description="First instant of a scale or step run, ISO with offset; default a Tuesday morning.",
    )
    sixthtouch_sandbox: str = Field(
        default="", description="Address of the sandbox; sets all vendors' addresses at once."
    )

    hubspot_api_url: str = Field(default="https://api.hubapi.com", description="HubSpot's API.")
    hubspot_app_url: str = Field(default="https://app.hubspot.com", description="HubSpot's pages.")
    hubspot_client_id: str = Field(default="", description="Client id of your HubSpot app.")
    hubspot_client_secret: str = _secret("Client secret of your HubSpot app.")
    hubspot_calls_per_10s: int = Field(
        default=95, ge=1, description="HubSpot calls an installation may make in 10 seconds (all workers)."
    )
    twilio_api_url: str = Field(default="https://api.twilio.com", description="Twilio's API.")
    twilio_account_sid: str = Field(default="", description="Account SID at Twilio.")
    twilio_auth_token: str = _secret("Auth token at Twilio; also checks its webhooks.")
    twilio_from_number: str = Field(
        default="", description="Our number at Twilio for texts and calls, E.164."
    )
    twilio_messaging_service_sid: str = Field(
        default="", description="Messaging service that sends texts instead of TWILIO_FROM_NUMBER."
    )
    sendgrid_api_url: str = Field(default="https://api.sendgrid.com", description="SendGrid's API.")
    sendgrid_api_key: str = _secret("API key at SendGrid with mail.send.")
    sendgrid_from_email: str = Field(default="", description="Sender of mails, at an authenticated domain.")
    sendgrid_from_name: str = Field(default="", description="Sender's name; default COMPANY_NAME.")
    sendgrid_webhook_key: str = Field(
        default="", description="Public key of SendGrid's signed event webhook, base64."
    )

    trusted_proxies: int | None = Field(
        default=None,
        ge=0,
        le=10,
        description="Proxies before the web process, whose X-Forwarded-For says who calls; "
        "default 1 when PUBLIC_URL is https, else 0.",
    )
    public_requests_per_minute: int = Field(
        default=120,
        ge=1,
        description="Requests a minute that one address may make to sign in, install or join, or to /readyz; more "
        "get 429.",
    )
    refusals_per_minute: int = Field(
        default=60,
        ge=1,
        description="Wrong API keys, signatures and links a minute that one address may send; more get 429.",
    )
    sendgrid_parse_key: str = Field(
        default="",
        description="Public key of the security policy of SendGrid's Inbound Parse, base64; without it the address that doctor prints is the secret.",
    )
    reply_domain: str = Field(
        default="",
        description="Domain whose mail SendGrid's Inbound Parse posts to us, so that answers to mails come here; without it they go to the owner's mailbox.",
    )

    send_timeout_seconds: float = Field(
        default=30, gt=0, description="How long a provider may take to answer before the outcome is unknown."
    )
    lookup_after_seconds: float = Field(
        default=120,
        ge=0,
        description="How long after an unknown outcome the provider is asked what became of it.",
    )
    confirm_after_seconds: float = Field(
        default=10,
        ge=0,
        description="How long after a lost answer of the CRM its records are looked at for what was written.",
    )
    metrics_token: str = _secret(
        "Who sends it as 'Authorization: Bearer …' may read /metrics; without it this machine alone may."
    )
    reconcile_every_seconds: float = Field(
        default=300,
        ge=1,
        description="How often the CRM is searched for changes that its webhooks lost: one call, and one more "
        "for every hundred records to be read back.",
    )
    requeue_after_seconds: float = Field(
        default=15,
        ge=1,
        description="How long work may wait in the queue before it is queued again, should Redis have lost it.",
    )
    workers: int = Field(default=2, ge=1, le=32, description="Worker processes that `sixthtouch run` starts.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("sixthtouch_time_start")
    @classmethod
    def _aware(cls, value: dt.datetime | None) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("give an offset, for example 2027-03-02T09:45:00-05:00")
        return value

    @field_validator("reply_domain")
    @classmethod
    def _a_domain(cls, value: str) -> str:
        domain = value.strip().lower().rstrip(".")
        if domain and not _DOMAIN.fullmatch(domain):
            raise ValueError("give a domain and nothing else, for example reply.example.com")
        return domain

    @field_validator("database_url", "redis_url")
    @classmethod
    def _of_a_known_kind(cls, value: str, info: ValidationInfo) -> str:
        kinds = _KINDS[str(info.field_name)]
        if value and not value.startswith(kinds):
            raise ValueError(f"begins with none of {', '.join(kinds)}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _one_address_for_all(cls, given: Any) -> Any:
        if isinstance(given, dict) and (base := str(given.get("sixthtouch_sandbox") or "").rstrip("/")):
            for name in _VENDOR_ADDRESSES:
                given.setdefault(name, f"{base}/{name.split('_')[0]}")
        return given

    @model_validator(mode="after")
    def _no_real_vendor_in_unreal_time(self) -> Settings:
        if self.sixthtouch_time is TimeMode.REAL:
            return self
        outside = [
            f"{name.upper()}={getattr(self, name)}"
            for name in _VENDOR_ADDRESSES
            if urlsplit(getattr(self, name)).hostname not in _LOOPBACK
        ]
        if outside:
            raise ValueError(
                f"SIXTHTOUCH_TIME={self.sixthtouch_time} would call real vendors on a time that is not real: "
                f"{', '.join(outside)}. Set SIXTHTOUCH_SANDBOX=http://127.0.0.1:PORT, or SIXTHTOUCH_TIME=real."
            )
        return self

    @property
    def public_base(self) -> str:
        """The public address without a slash at its end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def database(self) -> str:
        """The database's address, the default filled in; PostgreSQL always by psycopg 3."""
        url = self.database_url or f"sqlite:///{self.data_dir.resolve() / 'sixthtouch.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def redis(self) -> str:
        """The address of Redis, the default filled in."""
        return self.redis_url or f"unix://{self.data_dir.resolve()}/valkey/valkey.sock"

    @property
    def proxies(self) -> int:
        """How many proxies to trust. Our server speaks no TLS: before an https address there is one."""
        if self.trusted_proxies is not None:
            return self.trusted_proxies
        return 1 if self.public_base.startswith("https://") else 0

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """SECRET_KEY, which signs, and the earlier ones, which still verify."""
        earlier = (key.strip() for key in self.secret_key_fallbacks.split(","))
        return (self.secret_key, *(key for key in earlier if key))

    @property
    def calling_number(self) -> str:
        """The number that messages give for calling back."""
        return self.company_number or self.twilio_from_number

    @property
    def requeue_after(self) -> dt.timedelta:
        """The lease of work that waits in the queue."""
        return dt.timedelta(seconds=self.requeue_after_seconds)

    @property
    def job_timeout_seconds(self) -> int:
        """Longer than all calls that one job makes in turn.

        A job begins no call past half of this, and a call takes at most a connect and a read.
        """
        call = self.send_timeout_seconds + min(_CONNECT_SECONDS, self.send_timeout_seconds)
        return math.ceil(2 * call) + 2

    @property
    def lease_seconds(self) -> float:
        """Longer than the job time-out, so that a lease never runs out under a living job."""
        return self.job_timeout_seconds + 1


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises SettingsError naming every problem at once."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(error) + _problems_between(error, overrides))) from error


def _problems(error: ValidationError) -> list[str]:
    """A line for each problem: the setting's name, and what is wrong with it."""
    return [
        ": ".join(
            [
                *(str(part).upper() for part in item["loc"][:1]),
                item["msg"].removeprefix("Value error, "),
            ]
        )
        for item in error.errors()
    ]


def _problems_between(error: ValidationError, overrides: dict[str, Any]) -> list[str]:
    """What is wrong between settings: pydantic looks at it only when each is right by itself."""
    wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
    if not wrong:
        return []
    try:
        Settings(**(overrides | {name: Settings.model_fields[name].default for name in wrong}))
    except ValidationError as further:
        return _problems(further)
    return []


def describe_settings() -> list[tuple[str, str, str]]:
    """Every setting: its name in the environment, its default, its meaning."""
    return [
        (name.upper(), "" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def is_secret(name: str) -> bool:
    """Whether the setting of this name in the environment is shown to nobody."""
    extra = Settings.model_fields[name.lower()].json_schema_extra
    return isinstance(extra, dict) and extra.get(_MARK) is True
