"""Where calls for an owner's contacts are put through: a CRM tells who owns a record, not their number."""

from __future__ import annotations

from functools import partial

import structlog
from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.store.models import Owner
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)


class UnusableNumberError(ValueError):
    """The number cannot be rung; the message says why and what to do."""


def set_number(world: World, account_id: int, user_id: int, owner_row_id: int, typed: str) -> None:
    """Ring this number for the owner's contacts; none, and HANDOFF_NUMBER is rung.

    Raises UnusableNumberError, and LookupError when the account has no such owner.
    """
    number = _number(world, typed.strip())
    world.sessions.run(partial(_set, account_id=account_id, owner_row_id=owner_row_id, number=number))
    _log.info("owner.number_set", account_id=account_id, user_id=user_id, owner=owner_row_id)


def _number(world: World, typed: str) -> str:
    if not typed:
        return ""
    settings = world.settings
    number = phone_key(typed, settings.default_region)
    if not number:
        raise UnusableNumberError("This is no telephone number. Write it with its country: +1 212 555 0142.")
    if number == phone_key(settings.twilio_from_number, settings.default_region):
        raise UnusableNumberError(
            "This is the number that leads call. It would ring itself; give the owner's own."
        )
    return number


def _set(session: Session, account_id: int, owner_row_id: int, number: str) -> None:
    owner = session.get(Owner, owner_row_id, with_for_update=True)
    if owner is None or owner.account_id != account_id:
        raise LookupError(f"the account has no owner {owner_row_id}")
    owner.phone = number
