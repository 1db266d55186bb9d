"""Texts of numbers that nobody knows: their senders can be made contacts."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from connector.use_cases.strangers import welcome_sender
from connector.web.access import Access, access
from connector.web.current import frame, world

pages = Blueprint("strangers", __name__)


@pages.post("/strangers/texts/<int:text_id>/welcome")
@access(Access.USER)
def welcome(text_id: int) -> ResponseReturnValue:
    """Have the sender created in the CRM; what they wrote moves onto the record."""
    if not welcome_sender(world(), frame().account_id, text_id):
        abort(404)
    return redirect(url_for("today.show"), 303)
