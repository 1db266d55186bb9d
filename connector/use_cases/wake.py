"""The last net: a follow-up that is active, with nothing planned and nothing on its way, goes on.

No way leads there that we know of. Should one, a lead would be forgotten in silence; so it is due again
at once, and the log says so.
"""

from __future__ import annotations

from functools import partial

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.store.models import Enrollment, Touch
from connector.use_cases.world import World

_ON_ITS_WAY = (TouchState.CLAIMED, TouchState.UNKNOWN)
_log = structlog.get_logger(__name__)


def wake_forgotten(world: World) -> list[int]:
    """Make them due; their ids."""
    return world.sessions.run(partial(_wake, world))


def _wake(world: World, session: Session) -> list[int]:
    is_on_its_way = exists().where(Touch.enrollment_id == Enrollment.id, Touch.state.in_(_ON_ITS_WAY))
    is_forgotten = (Enrollment.state == State.ACTIVE) & Enrollment.next_touch_at.is_(None) & ~is_on_its_way
    ids = list(session.scalars(select(Enrollment.id).where(is_forgotten)))
    if ids:
        session.execute(
            update(Enrollment)
            .where(Enrollment.id.in_(ids), is_forgotten)
            .values(next_touch_at=world.outside.clock.now(), waiting_for="")
            .execution_options(synchronize_session=False)
        )
        _log.error("enrollment.forgotten", enrollments=ids)
    return ids
