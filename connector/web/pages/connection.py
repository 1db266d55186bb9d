"""The connection to the CRM: how it stands, and leaving it, for admins."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_connection import read_connection
from connector.use_cases.uninstall import ask_to_uninstall
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.zones import account_zones

pages = Blueprint("connection", __name__, url_prefix="/settings/connection")


@pages.get("")
@access(Access.ADMIN)
def show() -> ResponseReturnValue:
    """How it stands, with the one act."""
    with world().sessions.read() as reading:
        connection = read_connection(reading, frame().account_id, frame().user_id)
    zones = account_zones(frame().account_zone, world().outside.clock.now())
    return render_template("connection.html", connection=connection, zones=zones)


@pages.post("/uninstall")
@access(Access.ADMIN)
def leave() -> ResponseReturnValue:
    """Take Sixth Touch out of the CRM. A job finishes what is begun here."""
    with world().sessions.read() as reading:
        connection = read_connection(reading, frame().account_id, frame().user_id)
    ask_to_uninstall(world(), frame().account_id, connection.installation_id, frame().email)
    return redirect(url_for("connection.show"), 303)
