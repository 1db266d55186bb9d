"""SendGrid, emulated: mail/send, email activity and scopes under /sendgrid, with signed events and mails."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from adapters.sandbox.sendgrid.errors import SendGridError, fault_answer
from adapters.sandbox.sendgrid.inbound import InboundMails
from adapters.sandbox.sendgrid.journey import MailJourney
from adapters.sandbox.sendgrid.views import Views
from adapters.sandbox.world import SandboxWorld

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds SendGrid's routes and acts."""
    journey = MailJourney(world)
    journey.listen()
    views = Views(world, journey)
    blueprint = Blueprint("sendgrid", __name__, url_prefix="/sendgrid")
    for path, method, view in (
        ("/v3/mail/send", "POST", views.send),
        ("/v3/messages", "GET", views.list_messages),
        ("/v3/scopes", "GET", views.list_scopes),
    ):
        blueprint.add_url_rule(path, view_func=views.guard(view), methods=[method])
    blueprint.add_url_rule("/<path:path>", view_func=_unknown, methods=_ANY_METHOD)
    app.register_blueprint(blueprint)
    world.faults.shape("sendgrid", fault_answer)
    world.counts["mails"] = lambda: len(world.store.table("sendgrid_mails"))


def inbound_mails(world: SandboxWorld) -> InboundMails:
    """Where leads' answers to mails arrive."""
    return InboundMails(world)


def _unknown(path: str) -> Response:
    return SendGridError(f"not found: {path}", status=404).answer()
