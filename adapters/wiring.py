"""Picks the adapter behind each port, once per process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.clock import RealClock, open_clock
from adapters.hubspot import HubSpot
from adapters.manifest import load_manifest
from adapters.queue import RqQueue
from adapters.rate_limit import RateLimit
from adapters.sendgrid import SendGrid, SendGridProbe, inbound_address
from adapters.twilio import Twilio, TwilioProbe
from adapters.vault import FernetVault
from connector.ports import Clock, Outside, Probe
from connector.settings import Settings, SettingsError

_HUBSPOT_WINDOW_SECONDS = 10.0
#: HubSpot's search takes 5 a second and account, apart from all other calls.
_HUBSPOT_SEARCHES_A_SECOND = 4
_REDIS_ANSWER_SECONDS = 5.0
#: SendGrid's Email Activity API takes 6 requests a minute since December 2025.
_MAIL_SEARCHES_A_MINUTE = 5
_COUNT_SECONDS = 1.0


def open_redis(settings: Settings, answer_seconds: float | None = None) -> Redis:
    """A client of the settings' Redis; nothing is asked of it yet.

    With `answer_seconds` a Redis that hangs counts as one that is away; a worker waits for jobs without.
    """
    return Redis.from_url(
        settings.redis, socket_timeout=answer_seconds, socket_connect_timeout=answer_seconds
    )


def limit_storage(settings: Settings) -> tuple[str, dict[str, Any]]:
    """Where strangers are counted: its address and options as the `limits` package has them.

    A Redis that is away is not asked twice: the caller waits, and is counted in memory meanwhile.
    """
    uri = f"redis+{settings.redis}" if settings.redis.startswith("unix:") else settings.redis
    options = {
        "socket_timeout": _COUNT_SECONDS,
        "socket_connect_timeout": _COUNT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return uri, options


def build_outside(settings: Settings) -> Outside:
    """Everything outside. Raises ClockModeError, or SettingsError for a bad encryption key."""
    clock = open_clock(settings)
    redis = open_redis(settings, answer_seconds=_REDIS_ANSWER_SECONDS)
    twilio, hubspot = Twilio(settings), _hubspot(settings, clock, redis)
    sendgrid = SendGrid(settings, clock, before_search=_mail_searches(settings, clock, redis))
    return Outside(
        clock=clock,
        queue=RqQueue(redis, settings.job_timeout_seconds),
        vault=_vault(settings),
        texts=twilio.texts,
        calls=twilio.calls,
        emails=sendgrid.emails,
        voice=twilio.voice,
        webhooks={"hubspot": hubspot.webhooks, "twilio": twilio.webhooks, "sendgrid": sendgrid.webhooks},
        crm_doors={"hubspot": hubspot.door},
        crms={"hubspot": hubspot.crms},
        actions={"hubspot": hubspot.actions},
        meters={"hubspot": hubspot.crms},
    )


def build_probes(settings: Settings) -> dict[str, Probe]:
    """A probe for each provider whose credentials are given; makes nothing and needs no run."""
    probes: dict[str, Probe] = {}
    if settings.twilio_account_sid and settings.twilio_auth_token:
        probes["twilio"] = TwilioProbe(settings)
    if settings.sendgrid_api_key:
        probes["sendgrid"] = SendGridProbe(settings, RealClock())
    return probes


def mail_address(settings: Settings) -> str:
    """Where SendGrid's Inbound Parse is to post the mails of REPLY_DOMAIN."""
    return inbound_address(settings)


def _vault(settings: Settings) -> FernetVault:
    try:
        return FernetVault(settings.sixthtouch_keys)
    except ValueError as error:
        raise SettingsError(f"SIXTHTOUCH_KEYS: {error}") from error


def _mail_searches(settings: Settings, clock: Clock, redis: Redis) -> Callable[[], None]:
    """Takes leave for one look-up of a mail. It waits for none: a job has others to look up meanwhile."""
    limit = RateLimit(
        clock,
        redis,
        calls=_MAIL_SEARCHES_A_MINUTE,
        seconds=60,
        processes=settings.workers,
        patience=0,
    )
    return lambda: limit.take("sendgrid-messages")


def _hubspot(settings: Settings, clock: Clock, redis: Redis) -> HubSpot:
    limit = RateLimit(
        clock,
        redis,
        calls=settings.hubspot_calls_per_10s,
        seconds=_HUBSPOT_WINDOW_SECONDS,
        processes=settings.workers,
    )
    searches = RateLimit(
        clock, redis, calls=_HUBSPOT_SEARCHES_A_SECOND, seconds=1, processes=settings.workers
    )
    return HubSpot(settings, load_manifest(), clock, limit, searches)
