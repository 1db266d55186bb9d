"""The first page: what needs a person, and how it goes."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_today import Today, read_today
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.live import live_answer, mark_of
from connector.web.words.times import Zones
from connector.web.zones import account_zones

pages = Blueprint("today", __name__)


@pages.get("/")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """The page."""
    today, zones = _look()
    return render_template("today.html", today=today, zones=zones, mark=_mark(today))


@pages.get("/today/live")
@access(Access.USER)
def live() -> ResponseReturnValue:
    """Its changing part."""
    today, zones = _look()
    return live_answer("today_live.html", _mark(today), {"today": today, "zones": zones})


def _look() -> tuple[Today, Zones]:
    now = world().outside.clock.now()
    with world().sessions.read() as reading:
        return read_today(reading, frame().account_id, now=now), account_zones(frame().account_zone, now)


def _mark(today: Today) -> str:
    return mark_of(today, frame().is_connected, frame().trouble)
