"""Did it go? Touches of which nobody could say so, each with both answers."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_listed import find_contact_of, read_listed
from connector.use_cases.answer import Answer, answer, sendable
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.live import live_answer, mark_of
from connector.web.zones import account_zones, zones_for

pages = Blueprint("listed", __name__)


@pages.get("/listed")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """All that wait for an answer, and the last answers."""
    return render_template("listed.html", **_look())


@pages.get("/listed/live")
@access(Access.USER)
def live() -> ResponseReturnValue:
    """Its changing part: an entry goes when the provider or a colleague was first."""
    context = _look()
    return live_answer("listed_live.html", str(context.pop("mark")), context)


@pages.post("/listed/<touch_id>/<any(went,send,leave):said>")
@access(Access.USER)
def take(touch_id: str, said: str) -> ResponseReturnValue:
    """An answer; then back to where it was given."""
    try:
        answer(world(), frame().account_id, touch_id, frame().email, Answer(said))
    except LookupError:
        abort(404)
    back = request.form.get("back", "")
    if back == "contact":
        with world().sessions.read() as reading:
            contact_id = find_contact_of(reading, touch_id)
        return redirect(url_for("contacts.show", contact_id=contact_id, _anchor=f"touch-{touch_id}"), 303)
    return redirect(url_for("today.show" if back == "today" else "listed.show"), 303)


def _look() -> dict[str, object]:
    asked = request.args.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    with world().sessions.read() as reading:
        page = read_listed(reading, frame().account_id, number)
    now = world().outside.clock.now()
    can_send = sendable(world(), [line.touch_id for line in page.lines])
    return {
        "page": page,
        "can_send": can_send,
        "zones": {
            line.touch_id: zones_for(line.time_zone, line.phones, frame().account_zone, now)
            for line in (*page.lines, *page.answered)
        },
        "yours": account_zones(frame().account_zone, now),
        "mark": mark_of(page, sorted(can_send)),
    }
