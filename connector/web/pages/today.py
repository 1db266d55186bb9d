"""The first page: what needs a person, and how it goes."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_today import read_today
from connector.use_cases.answer import sendable
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.live import live_answer, mark_of
from connector.web.zones import account_zones

pages = Blueprint("today", __name__)


@pages.get("/")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """The page."""
    return render_template("today.html", **_look())


@pages.get("/today/live")
@access(Access.USER)
def live() -> ResponseReturnValue:
    """Its changing part."""
    context = _look()
    return live_answer("today_live.html", str(context.pop("mark")), context)


def _look() -> dict[str, object]:
    now = world().outside.clock.now()
    with world().sessions.read() as reading:
        today = read_today(reading, frame().account_id, now=now)
    can_send = sendable(world(), [line.touch_id for line in today.listed])
    return {
        "today": today,
        "zones": account_zones(frame().account_zone, now),
        "can_send": can_send,
        "mark": mark_of(today, sorted(can_send), frame().is_connected, frame().trouble),
    }
