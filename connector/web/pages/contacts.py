"""A contact's story: what is planned above the now line, what happened below it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from connector.domain.touch import TouchState
from connector.store.reads.pages_story import read_story
from connector.store.reads.pages_story_parts import Story, WrittenActivity
from connector.use_cases.answer import sendable
from connector.use_cases.explain import Explanation, explain
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.live import live_answer, mark_of
from connector.web.story.entries import Linker, happened
from connector.web.story.planned import planned
from connector.web.zones import zones_for

pages = Blueprint("contacts", __name__)


@pages.get("/contacts/<int:contact_id>")
@access(Access.USER)
def show(contact_id: int) -> ResponseReturnValue:
    """The page."""
    return render_template("contact.html", **_look(contact_id))


@pages.get("/contacts/<int:contact_id>/story")
@access(Access.USER)
def live(contact_id: int) -> ResponseReturnValue:
    """Its changing part; when nothing changed, only the now line moves."""
    context = _look(contact_id)
    mark = str(context.pop("mark"))
    return live_answer("contact_live.html", mark, context, unchanged="contact_now.html")


def _look(contact_id: int) -> dict[str, object]:
    account_id = frame().account_id
    with world().sessions.read() as reading:
        story = read_story(reading, account_id, contact_id)
    explanation = explain(world(), account_id, contact_id)
    if story is None or explanation is None:
        abort(404)
    contact = story.contact
    link = _linker(story)
    listed = [touch.touch_id for touch in story.touches if touch.state is TouchState.LISTED]
    can_send = sendable(world(), listed)
    now = world().outside.clock.now()
    return {
        "story": story,
        "contact": contact,
        "explanation": explanation,
        "planned": planned(story),
        "entries": happened(story, link),
        "zones": zones_for(contact.time_zone, contact.phones, frame().account_zone, now),
        "record_url": link(None),
        "can_send": can_send,
        "mark": _mark(story, explanation, can_send),
    }


def _mark(story: Story, explanation: Explanation, can_send: frozenset[str]) -> str:
    return mark_of(story, explanation.next_sentence, explanation.stops_it, sorted(can_send))


def _linker(story: Story) -> Linker:
    """Makes addresses in the CRM that the contact's record lives in."""
    contact = story.contact
    door = world().outside.crm_doors.get(contact.crm)

    def link(activity: WrittenActivity | None) -> str:
        record_id = (activity.record_id if activity else "") or contact.record_id
        if door is None or not record_id:
            return ""
        crm_id = activity.crm_id if activity else ""
        return door.activity_url(contact.external_account, contact.ui_domain, record_id, crm_id)

    return link
