"""A text from a number that nobody knows: kept, and with a keyword the beginning of a contact."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Consent
from connector.ports import TextReceived
from connector.store.inserts import insert_into
from connector.store.models import (
    Installation,
    InstallationState,
    Newcomer,
    NewcomerState,
    Suppression,
    UnknownText,
)
from connector.store.reads.strangers import account_of_strangers
from connector.use_cases.keyword_texts import find_keyword
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)
_LONGEST = 4000


def take_stranger(session: Session, text: TextReceived, sender: str, at: dt.datetime) -> None:
    """Keep the text; one that is a keyword makes its sender a newcomer, once."""
    keyword = find_keyword(session, text.body)
    account_id = keyword.account_id if keyword else account_of_strangers(session)
    kept = session.execute(
        insert_into(session, UnknownText)
        .values(
            account_id=account_id,
            provider_id=text.provider_id,
            from_address=sender,
            to_address=text.to_address,
            body=text.body[:_LONGEST],
            received_at=at,
        )
        .on_conflict_do_nothing(index_elements=["provider_id"])
        .returning(UnknownText.id)
    ).scalar()
    if kept is None:
        return
    _log.info("text.unknown_number", text_id=kept, account_id=account_id)
    if keyword is not None:
        evidence = keyword.evidence(text.to_address, at)
        newcomer = Newcomer(
            account_id=keyword.account_id,
            number=sender,
            our_number=text.to_address,
            keyword=keyword.word,
            sequence=keyword.sequence,
            consent=keyword.consent,
            consent_evidence=evidence,
            created_at=at,
        )
        add_newcomer(session, newcomer)


def welcome_sender(world: World, account_id: int, text_id: int) -> bool:
    """A person wants the sender of a text as a contact. False for a text that is not there any more."""
    now = world.outside.clock.now()
    return world.sessions.run(partial(_welcome_sender, account_id=account_id, text_id=text_id, now=now))


def _welcome_sender(session: Session, account_id: int, text_id: int, now: dt.datetime) -> bool:
    text = session.get(UnknownText, text_id)
    if text is None or text.account_id != account_id:
        return False
    said = f"texted {text.to_address} on {text.received_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    newcomer = Newcomer(
        account_id=account_id,
        number=text.from_address,
        our_number=text.to_address,
        consent=Consent.INQUIRY,
        consent_evidence=said,
        created_at=now,
    )
    add_newcomer(session, newcomer)
    return True


def add_newcomer(session: Session, newcomer: Newcomer) -> None:
    """Note that a number is to become a contact. One that is under way already stays one."""
    installation = session.scalars(
        select(Installation)
        .where(Installation.account_id == newcomer.account_id)
        .order_by(Installation.state != InstallationState.ACTIVE, Installation.id)
    ).first()
    under_way = select(Newcomer.id).where(
        Newcomer.account_id == newcomer.account_id,
        Newcomer.number == newcomer.number,
        Newcomer.state.in_((NewcomerState.WAITING, NewcomerState.UNCONFIRMED)),
    )
    if installation is None or session.scalar(under_way) is not None:
        return
    newcomer.installation_id, newcomer.state = installation.id, NewcomerState.WAITING
    if has_said_no(session, newcomer.account_id, newcomer.number):
        newcomer.state, newcomer.trouble = NewcomerState.REFUSED, "They opted out by this number."
    session.add(newcomer)
    session.flush()


def has_said_no(session: Session, account_id: int, number: str) -> bool:
    """Whether somebody opted out by this number."""
    barred = select(Suppression.reason).where(
        Suppression.account_id == account_id, Suppression.address == number
    )
    return any(reason.is_a_no for reason in session.scalars(barred))
