"""Texts of numbers that nobody knew go onto the record as soon as there is one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.store.models import Contact, Signal, UnknownText
from connector.use_cases.replies import add_reply
from connector.use_cases.timeline import put_reply


def move_texts(session: Session, account_id: int, contacts: Sequence[Contact]) -> None:
    """Put what these contacts' numbers wrote before they were known onto their records."""
    by_number = {
        number: contact for contact in contacts for number in contact.keys if contact.deleted_at is None
    }
    texts = select(UnknownText).where(
        UnknownText.account_id == account_id, UnknownText.from_address.in_(by_number)
    )
    for text in session.scalars(texts.order_by(UnknownText.id).with_for_update()):
        contact, signal = by_number[text.from_address], _signal(text)
        if add_reply(session, contact, signal):
            put_reply(session, contact, signal, "")
        session.delete(text)


def _signal(text: UnknownText) -> Signal:
    return Signal(
        kind="wrote",
        channel=Channel.TEXT,
        body=text.body,
        from_address=text.from_address,
        to_address=text.to_address,
        dedupe_key=f"text:{text.provider_id}",
        at=text.received_at,
    )
