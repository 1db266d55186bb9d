"""Somebody texted us."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.domain.channels import Channel
from connector.domain.replies.opt_out import OptOut, OptOutKind, find_opt_out
from connector.ports import TextReceived
from connector.store.models import Signal
from connector.use_cases.keyword_texts import enroll_by_keyword
from connector.use_cases.replies import add_reply, bar_stranger, take_reply
from connector.use_cases.senders import senders_of
from connector.use_cases.strangers import take_stranger
from connector.use_cases.world import World


def take_text(world: World, session: Session, text: TextReceived, at: dt.datetime) -> None:
    """A text from somebody: stop, tell the CRM, hand over; an opt-out bars every address."""
    sender = phone_key(text.from_address, world.settings.default_region) or text.from_address
    opt_out = find_opt_out(text.body)
    if opt_out is None and text.provider_confirmed_opt_out:
        opt_out = OptOut(OptOutKind.KEYWORD, text.body)
    contacts = senders_of(session, sender, text.to_address)
    if not contacts and opt_out is not None:
        bar_stranger(session, sender, f"text: {text.body}", at)
    elif not contacts:
        take_stranger(session, text, sender, at)
    for contact in contacts:
        signal = _signal(text, sender, at)
        is_new = add_reply(session, contact, signal)
        if is_new and (opt_out is not None or not enroll_by_keyword(world, session, contact, signal)):
            take_reply(session, contact, signal, opt_out)


def _signal(text: TextReceived, sender: str, at: dt.datetime) -> Signal:
    return Signal(
        kind="replied",
        channel=Channel.TEXT,
        body=text.body[:4000],
        from_address=sender,
        to_address=text.to_address,
        dedupe_key=f"text:{text.provider_id}",
        at=at,
    )
