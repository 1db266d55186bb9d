"""The doctor's checks of what is outside: the providers asked themselves, and what came from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.clock import ClockModeError
from adapters.manifest import load_manifest
from adapters.wiring import build_probes
from connector.domain.touch import TouchState
from connector.ports import OutsideError
from connector.settings import Settings, SettingsError
from connector.store.models import InboxEvent, Installation, InstallationState, Touch
from connector.use_cases.crm_access import with_crm
from connector.use_cases.world import World
from jobs.cli.finding import Found, Level, lasting
from jobs.cli.process_checks import is_installed
from jobs.world import build_world

_ANSWER_SECONDS = 5.0
#: HubSpot refuses signatures older than 5 minutes; a token is renewed 5 minutes before its end.
_SKEW_SECONDS = 60
#: A message of which nothing is heard for so long: its provider does not reach us.
_SILENCE = dt.timedelta(hours=1)


def _providers(settings: Settings) -> Found:
    for probe in build_probes(settings).values():
        for seen in probe.look():
            yield Level.OK if seen.is_well else Level.RED, seen.sentence


def _skew(settings: Settings) -> Found:
    for address in _addresses(settings):
        host = urlsplit(address).netloc
        asked_at = dt.datetime.now(dt.UTC)
        try:
            told = requests.head(address, timeout=_ANSWER_SECONDS).headers.get("Date")
            skew = (asked_at - parsedate_to_datetime(told or "")).total_seconds()
        except requests.RequestException as error:
            yield Level.RED, f"{host} cannot be reached ({type(error).__name__}). Check network and proxy."
        except (TypeError, ValueError):
            continue
        else:
            way = "ahead of" if skew > 0 else "behind"
            if abs(skew) > _SKEW_SECONDS:
                yield (
                    Level.RED,
                    f"This machine's clock is {lasting(abs(skew))} {way} {host}'s: signatures are refused and tokens "
                    "end unseen. Let NTP set it.",
                )
            else:
                yield Level.OK, f"This machine's clock agrees with {host}'s."


def _addresses(settings: Settings) -> list[str]:
    """Of the providers whose credentials are given."""
    given = {
        settings.hubspot_api_url: settings.hubspot_client_id,
        settings.twilio_api_url: settings.twilio_account_sid,
        settings.sendgrid_api_url: settings.sendgrid_api_key,
    }
    return [address for address, key in given.items() if key]


def _installations(settings: Settings) -> Found:
    known = is_installed(settings)
    if known is None:
        yield Level.NOTE, "Installations are not known while the database is not ready."
    elif not known:
        yield Level.NOTE, f"Not installed yet. Open {settings.public_base}/install"
    if not known:
        return
    with _world(settings) as world:
        if world is None:
            return
        with world.sessions.read() as session:
            rows = list(session.scalars(select(Installation).order_by(Installation.id)))
        for row in rows:
            yield from _installation(world, row)


def _installation(world: World, row: Installation) -> Found:
    name, again = f"{row.crm} {row.external_account}", f"Install again: {world.settings.public_base}/install"
    if row.state is not InstallationState.ACTIVE:
        yield Level.RED, f"Disconnected from {name}: {row.trouble} {again}"
        return
    try:
        with_crm(world, row.id, lambda crm: crm.details())
    except OutsideError as error:
        yield Level.RED, f"{name} does not answer as it should: {error.sentence}"
        return
    with world.sessions.read() as session:
        expires_at = session.get_one(Installation, row.id).tokens_expire_at
    left = (expires_at - world.outside.clock.wall()).total_seconds()
    yield (
        Level.OK,
        f"Installed in {name}, which answers; its token is good for {lasting(left)} and is renewed in time.",
    )
    declared = load_manifest().hubspot.scopes.required if row.crm == "hubspot" else ()
    if lacking := sorted(set(declared) - set(row.scopes)):
        yield Level.RED, f"{name} has not granted {', '.join(lacking)}. {again}"


def _webhooks(settings: Settings) -> Found:
    if not is_installed(settings):
        return
    with _world(settings) as world:
        if world is None:
            return
        with world.sessions.read() as session:
            for provider in world.outside.webhooks:
                yield _heard_of(session, provider, world.outside.clock.now(), settings.public_base)


def _heard_of(session: Session, provider: str, now: dt.datetime, public: str) -> tuple[Level, str]:
    last = session.scalar(select(func.max(InboxEvent.received_at)).where(InboxEvent.provider == provider))
    silent = (
        select(Touch.sent_at)
        .where(Touch.provider == provider, Touch.state == TouchState.ACCEPTED, Touch.sent_at < now - _SILENCE)
        .order_by(Touch.sent_at.desc())
        .limit(1)
    )
    sent = session.scalar(silent)
    if sent is not None and (last is None or last < sent):
        ago = lasting((now - sent).total_seconds())
        return (
            Level.RED,
            f"{provider} took a message {ago} ago and has told nothing of it: can it reach {public}/webhooks/{provider}? "
            "A signature that is refused is in the web process's log.",
        )
    if last is None:
        return Level.NOTE, f"No webhook of {provider} has come yet."
    return Level.OK, f"The last webhook of {provider} came {lasting((now - last).total_seconds())} ago."


@contextmanager
def _world(settings: Settings) -> Iterator[World | None]:
    """What the processes work with; None where other checks have told why not."""
    try:
        yield build_world(settings)
    except (SettingsError, ClockModeError, SQLAlchemyError):
        yield None


PROVIDER_CHECKS: dict[str, Callable[[Settings], Found]] = {
    "providers": _providers,
    "clocks agree": _skew,
    "installations": _installations,
    "webhooks": _webhooks,
}
