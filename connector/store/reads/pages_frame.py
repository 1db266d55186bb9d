"""Who is signed in, to which account and CRM, and how many things wait for a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.touch import TouchState
from connector.store.models import (
    Account,
    ActivityRow,
    Installation,
    InstallationState,
    OutboxState,
    Role,
    Touch,
    User,
)

#: How long an open matter is shown to people (run time).
OPEN_FOR = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page. `open_matters` counts what needs a person."""

    user_id: int
    email: str
    role: Role
    account_id: int
    account_name: str
    account_zone: str
    crm: str
    external_account: str
    domain: str
    is_connected: bool
    trouble: str
    open_matters: int

    @property
    def is_admin(self) -> bool:
        """Whether the person may change settings."""
        return self.role is Role.ADMIN


def read_frame(session: Session, account_id: int, user_id: int, *, now: dt.datetime) -> Frame | None:
    """The frame of this person in this account; None when there is no such person any more."""
    since = now - OPEN_FOR
    listed = (
        select(func.count())
        .where(Touch.account_id == account_id, Touch.state == TouchState.LISTED)
        .scalar_subquery()
    )
    refused = (
        select(func.count())
        .where(
            ActivityRow.account_id == account_id,
            ActivityRow.state == OutboxState.REFUSED,
            ActivityRow.created_at >= since,
        )
        .scalar_subquery()
    )
    row = session.execute(
        select(User, Account, Installation, listed, refused)
        .join(Account, Account.id == User.account_id)
        .join(Installation, Installation.id == User.installation_id)
        .where(User.id == user_id, User.account_id == account_id)
    ).one_or_none()
    if row is None:
        return None
    user, account, installation, listed_count, refused_count = row
    is_connected = installation.state is InstallationState.ACTIVE
    return Frame(
        user_id=user.id,
        email=user.email,
        role=user.role,
        account_id=account.id,
        account_name=account.name,
        account_zone=account.time_zone,
        crm=installation.crm,
        external_account=installation.external_account,
        domain=installation.domain,
        is_connected=is_connected,
        trouble=installation.trouble,
        open_matters=listed_count + refused_count + (0 if is_connected else 1),
    )
