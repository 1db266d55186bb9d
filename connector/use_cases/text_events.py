"""What a provider says of a text of ours."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.touch import Result, TouchState
from connector.ports import Fault, TextStatus
from connector.store.models import Contact, SuppressionReason
from connector.store.reads.people import lock_touch
from connector.use_cases.settle import accept
from connector.use_cases.stop import opt_out_person
from connector.use_cases.timeline import put_touch
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)


def take_text_status(
    world: World, session: Session, status: TextStatus, provider: str, at: dt.datetime
) -> None:
    """Note a text's progress. Any news of it proves that the provider has it; late news is ignored."""
    touch = lock_touch(session, status.touch_id, Channel.TEXT)
    if touch is None:
        _log.warning("text.unknown_touch", touch_id=status.touch_id)
        return
    accept(world, session, touch, provider, status.provider_id, "")
    if status.rank <= touch.provider_rank:
        return
    touch.provider_status, touch.provider_rank = status.status, status.rank
    contact = session.get_one(Contact, touch.contact_id)
    if status.is_delivered:
        touch.state, touch.result, touch.ended_at = TouchState.DONE, Result.DELIVERED, at
    elif status.is_failed:
        touch.state, touch.result, touch.ended_at = TouchState.DONE, Result.NOT_DELIVERED, at
        touch.trouble = status.reason
        put_touch(session, contact, touch, at)
        if status.fault is Fault.OPTED_OUT:
            sentence = f"Opted out: {status.reason}"
            reason, address = SuppressionReason.OPTED_OUT, touch.to_address
            opt_out_person(session, contact, address, reason, status.reason, sentence, at)
