"""The list of enrollments, and the buttons that steer one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from connector.domain.enrollment import Outcome, State
from connector.store.reads.pages_enrollments import (
    EnrollmentPage,
    Order,
    Wanted,
    find_contact_of,
    read_enrollments,
    read_sequence_names,
)
from connector.use_cases import steer
from connector.use_cases.world import World
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.live import live_answer, mark_of
from connector.web.zones import account_zones, zones_for

pages = Blueprint("enrollments", __name__)

_KEPT = "enrollments"
_NAMES = ("state", "outcome", "sequence", "search", "order", "down", "page")
_ACTS: dict[str, Callable[[World, int, int, str], bool]] = {
    "pause": steer.pause,
    "resume": steer.resume,
    "stop": steer.remove,
}
Choice = TypeVar("Choice", bound=StrEnum)


@pages.get("/enrollments")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """The list as last filtered, or as the address says."""
    if "all" in request.args:
        session.pop(_KEPT, None)
        return redirect(url_for("enrollments.show"))
    asked = {name: request.args[name][:100] for name in _NAMES if request.args.get(name)}
    if any(name in request.args for name in _NAMES):
        session[_KEPT] = asked
    wanted = _wanted(asked if request.args else session.get(_KEPT, {}))
    context = _look(wanted)
    with world().sessions.read() as reading:
        sequences = read_sequence_names(reading, frame().account_id)
    return render_template(
        "enrollments.html", sequences=sequences, states=list(State), outcomes=list(Outcome), **context
    )


@pages.get("/enrollments/live")
@access(Access.USER)
def live() -> ResponseReturnValue:
    """The rows of one page of the list."""
    context = _look(_wanted(request.args))
    mark = str(context.pop("mark"))
    return live_answer("enrollments_live.html", mark, context)


@pages.post("/enrollments/<int:enrollment_id>/<any(pause,resume,stop):act>")
@access(Access.USER)
def steer_one(enrollment_id: int, act: str) -> ResponseReturnValue:
    """Pause, resume or stop one, and go back to its contact."""
    with world().sessions.read() as reading:
        contact_id = find_contact_of(reading, frame().account_id, enrollment_id)
    if contact_id is None:
        abort(404)
    _ACTS[act](world(), frame().account_id, enrollment_id, frame().email)
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


def _look(wanted: Wanted) -> dict[str, object]:
    with world().sessions.read() as reading:
        page = read_enrollments(reading, frame().account_id, wanted)
    now = world().outside.clock.now()
    zones = {
        line.enrollment_id: zones_for(line.time_zone, line.phones, frame().account_zone, now)
        for line in page.lines
    }
    wanted = replace(wanted, page=page.page)
    return {
        "page": page,
        "wanted": wanted,
        "query": _query(wanted),
        "zones": zones,
        "yours": account_zones(frame().account_zone, now),
        "mark": _mark(page),
    }


def _mark(page: EnrollmentPage) -> str:
    return mark_of(page)


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """What the address asks for; what it says that is no choice of ours counts as nothing."""
    page = asked.get("page", "")
    order = _choice(Order, asked.get("order")) or Order.ENROLLED
    down = asked.get("down")
    return Wanted(
        state=_choice(State, asked.get("state")),
        outcome=_choice(Outcome, asked.get("outcome")),
        sequence=asked.get("sequence", ""),
        search=asked.get("search", "").strip(),
        order=order,
        is_descending=order is Order.ENROLLED if down is None else down == "1",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def _choice(kind: type[Choice], value: str | None) -> Choice | None:
    return next((member for member in kind if member.value == value), None)


def _query(wanted: Wanted) -> dict[str, str]:
    """The address's form of it, for links that keep the rest as it is."""
    given = {
        "state": wanted.state.value if wanted.state else "",
        "outcome": wanted.outcome.value if wanted.outcome else "",
        "sequence": wanted.sequence,
        "search": wanted.search,
        "order": wanted.order.value,
        "down": "1" if wanted.is_descending else "0",
    }
    return {name: value for name, value in given.items() if value}
