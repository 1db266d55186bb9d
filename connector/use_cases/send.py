"""Hand a claimed touch to its provider; what came of it is returned, never raised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from structlog.contextvars import bound_contextvars

from connector.content.addresses import candidate_zones, fallback_zones
from connector.content.mail import build_mail
from connector.domain.channels import Channel
from connector.ports import CallRequest, EmailMessage, OutsideError, Receipt, TextMessage
from connector.store.models import Touch
from connector.store.reads.cases import Case
from connector.use_cases.facts import RING_FOR
from connector.use_cases.reply_addresses import message_id, reply_address, unsubscribe_address
from connector.use_cases.unsubscribe_links import unsubscribe_url
from connector.use_cases.world import World

#: No text is delivered later than this, even where the law's evening is further away.
_TEXT_VALID_FOR = dt.timedelta(hours=4)
_EVENING = dt.time(21)
_EVENING_ANYWHERE = dt.time(18)
_AT_LEAST = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed touch and the message it is."""

    touch_id: str
    message: TextMessage | CallRequest | EmailMessage


def outgoing_of(world: World, case: Case, touch: Touch, now: dt.datetime) -> Outgoing:
    """The message of a claimed touch."""
    contact = case.contact
    if touch.channel is Channel.TEXT:
        numbers = (contact.mobile_key, contact.phone_key)
        zones = candidate_zones(contact.time_zone, numbers)
        closes = _EVENING if zones else _EVENING_ANYWHERE
        valid_for = text_valid_for(now, zones or fallback_zones(numbers), closes)
        return Outgoing(touch.id, TextMessage(touch.id, touch.to_address, touch.body, valid_for))
    if touch.channel is Channel.CALL:
        return Outgoing(touch.id, CallRequest(touch.id, touch.to_address, RING_FOR))
    link, owner = unsubscribe_url(world.settings, touch.id), case.around.owner
    mail = build_mail(touch.body, postal_address=world.settings.postal_address, unsubscribe_url=link)
    return Outgoing(
        touch.id,
        EmailMessage(
            touch_id=touch.id,
            to=touch.to_address,
            to_name=contact.name if "@" not in contact.name else "",
            subject=touch.subject,
            text=mail.text,
            html=mail.html,
            unsubscribe_url=link,
            reply_to=reply_address(world.settings, touch.id) or (owner.email if owner else ""),
            reply_to_name=owner.name if owner and world.settings.reply_domain else "",
            unsubscribe_address=unsubscribe_address(world.settings, touch.id),
            message_id=message_id(world.settings, touch.id),
        ),
    )


def text_valid_for(now: dt.datetime, zones: Iterable[str], closes: dt.time) -> dt.timedelta:
    """How long a provider may still deliver a text: not past the evening of any zone."""
    left = []
    for zone in zones:
        there = now.astimezone(ZoneInfo(zone))
        left.append(dt.datetime.combine(there.date(), closes, there.tzinfo) - there)
    return max(_AT_LEAST, min(_TEXT_VALID_FOR, *left))


def send(world: World, outgoing: Outgoing) -> Receipt | OutsideError:
    """The provider's receipt, or which of the four errors it was."""
    with bound_contextvars(touch_id=outgoing.touch_id):
        try:
            return _hand_over(world, outgoing.message)
        except OutsideError as error:
            return error


def _hand_over(world: World, message: TextMessage | CallRequest | EmailMessage) -> Receipt:
    outside = world.outside
    if isinstance(message, TextMessage):
        return outside.texts.send_text(message)
    if isinstance(message, CallRequest):
        return outside.calls.place_call(message)
    return outside.emails.send_email(message)
