"""Sequences, to be read: the list, and one drawn down the page as a spine of steps."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from connector.content.sequence_files import parse_definition
from connector.domain.timing.local import local_date
from connector.store.reads.pages_caps import read_sequence_caps
from connector.store.reads.pages_sequences import read_sequence, read_sequences
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.sequence_caps import view_caps
from connector.web.words.steps import conditions_words
from connector.web.zones import account_zones

pages = Blueprint("sequences", __name__)


@pages.get("/sequences")
@access(Access.USER)
def index() -> ResponseReturnValue:
    """All sequences of the account."""
    with world().sessions.read() as reading:
        lines = read_sequences(reading, frame().account_id)
    plans = [(line, parse_definition(line.definition)) for line in lines]
    return render_template("sequences.html", plans=plans)


@pages.get("/sequences/<key>")
@access(Access.USER)
def show(key: str) -> ResponseReturnValue:
    """One sequence, its newest version or the one the address names."""
    asked = request.args.get("version")
    if asked is not None and not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        abort(404)
    with world().sessions.read() as reading:
        page = read_sequence(reading, frame().account_id, key, int(asked) if asked else None)
        if page is None:
            abort(404)
        caps_page = read_sequence_caps(reading, frame().account_id, key)
    plan = parse_definition(page.definition)
    conditions = {step.id: conditions_words(step, plan) for step in plan.steps}
    zones = account_zones(frame().account_zone, world().outside.clock.now())
    caps = view_caps(plan, caps_page, local_date(zones.now, zones.yours.key), zones.yours.key)
    return render_template(
        "sequence.html",
        page=page,
        plan=plan,
        conditions=conditions,
        caps=caps,
        zones=zones,
        our_number=world().settings.twilio_from_number,
    )
