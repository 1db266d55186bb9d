"""What a benchmark finds in the database: an account installed in a CRM, leads, follow-ups that wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bench.daytime import number_of, place_by_day
from bench.records import OWNER, TOPIC
from bench.scene import PORTAL, Scene
from connector.domain.channels import Consent
from connector.domain.enrollment import State
from connector.ports import Tokens
from connector.store.models import (
    Account,
    Contact,
    CrmRecord,
    Enrollment,
    Installation,
    InstallationState,
    Owner,
)
from connector.use_cases.crm_access import seal_tokens
from connector.use_cases.sequences import publish

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Home:
    """The one account of a scene and the follow-up its leads go through."""

    account_id: int
    installation_id: int
    version_id: int


def install(scene: Scene, sequence: dict[str, Any]) -> Home:
    """The account as it stands once its first sync has ended, with one published sequence."""
    return scene.world.sessions.run(lambda session: _install(scene, session, sequence))


def _install(scene: Scene, session: Session, sequence: dict[str, Any]) -> Home:
    now = scene.world.outside.clock.now()
    account = Account(name="Harbor Homes", time_zone="America/New_York", created_at=now)
    session.add(account)
    session.flush()
    installation = Installation(
        account_id=account.id,
        crm="hubspot",
        external_account=PORTAL,
        state=InstallationState.ACTIVE,
        scopes=[],
        sealed_tokens="",
        tokens_expire_at=now + _DAY,
        installed_at=now,
        provisioned_at=now,
        synced_at=now,
    )
    session.add(installation)
    session.flush()
    tokens = Tokens("access", "refresh", now + _DAY)
    installation.sealed_tokens = seal_tokens(scene.world, installation.id, tokens)
    session.add(
        Owner(
            account_id=account.id,
            installation_id=installation.id,
            owner_id=OWNER,
            email="bob@harborhomes.example",
            name="Bob Stone",
        )
    )
    version = publish(session, account.id, sequence, now)
    return Home(account.id, installation.id, version.id)


def hold_write_back(scene: Scene, home: Home, *, is_held: bool = True) -> None:
    """Let the outbox fill, as while another worker holds it; or let it go."""
    until = scene.world.outside.clock.wall() + _DAY if is_held else None
    scene.world.sessions.run(
        lambda session: session.execute(
            update(Installation)
            .where(Installation.id == home.installation_id)
            .values(write_lease_until=until)
        )
    )


def add_contacts(scene: Scene, home: Home, count: int) -> int:
    """Leads who consented, each a person of their own; the id of the first, those of the rest follow."""

    def add(session: Session) -> int:
        first = (session.scalar(select(func.max(Contact.id))) or 0) + 1
        _add_contacts(scene, session, home, range(first, first + count))
        return first

    return scene.world.sessions.run(add)


def _add_contacts(scene: Scene, session: Session, home: Home, places: Sequence[int]) -> None:
    now = scene.world.outside.clock.now()
    zone, start, digits = place_by_day(now)
    session.execute(
        insert(Contact),
        [
            {
                "id": place,
                "account_id": home.account_id,
                "first_name": "Dana",
                "last_name": f"Reyes {place}",
                "email": f"dana.{place}@example.com",
                "email_key": f"dana.{place}@example.com",
                "phone": number_of(start, digits, place),
                "phone_key": number_of(start, digits, place),
                "owner_id": OWNER,
                "time_zone": zone,
                "topic": TOPIC,
                "consent": Consent.EXPRESS_WRITTEN,
                "created_at": now,
            }
            for place in places
        ],
    )
    session.execute(
        insert(CrmRecord),
        [
            {
                "account_id": home.account_id,
                "installation_id": home.installation_id,
                "contact_id": place,
                "object": "contact",
                "record_id": str(place),
            }
            for place in places
        ],
    )


def add_enrollments(scene: Scene, home: Home, first: int, steps: Sequence[str]) -> None:
    """A follow-up for each of these contacts, standing at the steps named, due tomorrow."""
    scene.world.sessions.run(lambda session: _add_enrollments(scene, session, home, first, steps))


def _add_enrollments(scene: Scene, session: Session, home: Home, first: int, steps: Sequence[str]) -> None:
    now = scene.world.outside.clock.now()
    session.execute(
        insert(Enrollment),
        [
            {
                "account_id": home.account_id,
                "contact_id": place,
                "installation_id": home.installation_id,
                "record_id": str(place),
                "sequence_version_id": home.version_id,
                "state": State.ACTIVE,
                "step_id": step,
                "next_touch_at": now + _DAY,
                "enrolled_at": now,
                "enrolled_by": "a benchmark",
            }
            for place, step in enumerate(steps, first)
        ],
    )


def make_due(scene: Scene, first: int, count: int, every: dt.timedelta = dt.timedelta(0)) -> None:
    """The follow-ups of these contacts are due one after the other from now on, or all at once."""
    now = scene.world.outside.clock.now()
    due = [{"who": first + place, "at": now + place * every} for place in range(count)]
    changed = (
        update(Enrollment)
        .where(Enrollment.contact_id == bindparam("who"))
        .values(next_touch_at=bindparam("at"))
    )
    # Not by the session, which would have it by primary keys.
    scene.world.sessions.run(lambda session: session.connection().execute(changed, due))
