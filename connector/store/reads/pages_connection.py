"""What the page of the connection shows: the installation of who is signed in, and what leaving it would end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.store.models import (
    Enrollment,
    Installation,
    InstallationState,
    Reconciliation,
    Uninstall,
    User,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An installation. Times are the run's; `leaving_since` is set once somebody asked to uninstall."""

    installation_id: int
    crm: str
    external_account: str
    domain: str
    is_active: bool
    trouble: str
    installed_at: dt.datetime
    is_read: bool
    searched_at: dt.datetime | None
    live: int
    leaving_since: dt.datetime | None
    leaving_by: str
    is_left: bool
    leaving_trouble: str


def read_connection(session: Session, account_id: int, user_id: int) -> Connection:
    """The installation of this person of the account."""
    live = (
        select(func.count())
        .where(Enrollment.installation_id == Installation.id, Enrollment.state != State.ENDED)
        .scalar_subquery()
    )
    row = session.execute(
        select(Installation, Reconciliation, Uninstall, live)
        .join(User, User.installation_id == Installation.id)
        .outerjoin(Reconciliation, Reconciliation.installation_id == Installation.id)
        .outerjoin(Uninstall, Uninstall.installation_id == Installation.id)
        .where(User.id == user_id, Installation.account_id == account_id)
    ).one()
    installation, round_, leaving, count = row
    return Connection(
        installation_id=installation.id,
        crm=installation.crm,
        external_account=installation.external_account,
        domain=installation.domain,
        is_active=installation.state is InstallationState.ACTIVE,
        trouble=installation.trouble,
        installed_at=installation.installed_at,
        is_read=installation.synced_at is not None,
        searched_at=round_.last_begun_at
        if round_ and round_.last_begun_at != installation.installed_at
        else None,
        live=count or 0,
        leaving_since=leaving.asked_at if leaving else None,
        leaving_by=leaving.asked_by if leaving else "",
        is_left=leaving is not None and leaving.done_at is not None,
        leaving_trouble=leaving.trouble if leaving else "",
    )
