"""Which touches are to be looked up now: of unknown outcome, or accepted and silent for too long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.touch import TouchState
from connector.store.models import Touch
from connector.use_cases.facts import CALL_LASTS_AT_MOST, TEXT_TRAVELS_AT_MOST
from connector.use_cases.world import World

#: One question is about so many mails: a provider may be asked a few times a minute only.
_MAILS_AT_ONCE = 40


class _Sought(NamedTuple):
    """What is looked up, as `_claim` selects it."""

    id: str
    lookups: int
    channel: Channel
    to_address: str


#: Touches to be looked up together, and how often each has been looked up in vain.
LookUps = dict[str, int]


def claim_look_ups(world: World, limit: int = 200) -> list[LookUps]:
    """Touches to be looked up now, leased: each by itself, mails of different recipients together."""
    return _gathered(world.sessions.run(partial(_claim, world, limit=limit)))


def _gathered(touches: Sequence[_Sought]) -> list[LookUps]:
    groups: list[list[_Sought]] = []
    for each in touches:
        group = next((group for group in groups if _joins(each, group)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return [{each.id: each.lookups for each in group} for group in groups]


def _joins(touch: _Sought, group: Sequence[_Sought]) -> bool:
    return (
        touch.channel is group[0].channel is Channel.EMAIL
        and len(group) < _MAILS_AT_ONCE
        and touch.to_address not in {each.to_address for each in group}
    )


def _claim(world: World, session: Session, limit: int) -> list[_Sought]:
    wall, now = world.outside.clock.wall(), world.outside.clock.now()
    # A person was asked because the provider could not be: it still may answer first.
    is_still_asked = (Touch.state == TouchState.LISTED) & Touch.lease_until.is_not(None)
    is_unknown = (Touch.state == TouchState.UNKNOWN) | is_still_asked
    # A call whose end never came: the provider is asked how it stands.
    is_silent_call = (
        (Touch.state == TouchState.ACCEPTED)
        & (Touch.channel == Channel.CALL)
        & (Touch.sent_at <= now - CALL_LASTS_AT_MOST)
    )
    # So is one of whose arrival nothing was heard, once: some carriers never say.
    is_silent_text = (
        (Touch.state == TouchState.ACCEPTED)
        & (Touch.channel == Channel.TEXT)
        & (Touch.sent_at <= now - TEXT_TRAVELS_AT_MOST)
        & (Touch.provider_id != "")
        & (Touch.lookups == 0)
    )
    may_ask = or_(Touch.lease_until.is_(None), Touch.lease_until <= wall)
    # Those never asked for come first: some providers are asked a few times a minute only.
    query = (
        select(Touch.id, Touch.lookups, Touch.channel, Touch.to_address)
        .where(is_unknown | is_silent_call | is_silent_text, may_ask)
        .order_by(Touch.lookups, Touch.lease_until, Touch.id)
        .limit(limit)
    )
    rows = session.execute(query.with_for_update(skip_locked=True, key_share=True))
    found = [_Sought(*row) for row in rows]
    if found:
        leased = update(Touch).where(Touch.id.in_([each.id for each in found]))
        session.execute(leased.values(lease_until=wall + world.settings.requeue_after))
    return found
