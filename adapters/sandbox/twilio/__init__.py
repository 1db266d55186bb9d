"""Twilio, emulated: texts and calls of the API 2010-04-01 under /twilio, with signed webhooks."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from adapters.sandbox.twilio.account import Account
from adapters.sandbox.twilio.call import ENDED, TABLE
from adapters.sandbox.twilio.calls import Calls
from adapters.sandbox.twilio.conversation import Conversation
from adapters.sandbox.twilio.delivery import TextDelivery
from adapters.sandbox.twilio.endpoint import Endpoints, fault_answer
from adapters.sandbox.twilio.errors import TwilioError
from adapters.sandbox.twilio.inbound import InboundTexts
from adapters.sandbox.twilio.inbound_calls import InboundCalls
from adapters.sandbox.twilio.messages import Messages
from adapters.sandbox.twilio.progress import Progress
from adapters.sandbox.twilio.ringing import Ringing
from adapters.sandbox.world import SandboxWorld

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds Twilio's routes and acts."""
    blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")
    endpoints = Endpoints(blueprint, world)
    delivery = TextDelivery(world)
    delivery.listen()
    progress = Progress(world)
    conversation = Conversation(world, progress)
    Account(world).register(endpoints)
    Messages(world, delivery).register(endpoints)
    Calls(world, progress, Ringing(world, progress, conversation), conversation).register(endpoints)
    world.vendors["twilio"] = InboundCalls(world, progress, conversation)
    blueprint.add_url_rule("/<path:path>", view_func=_unknown, methods=_ANY_METHOD)
    app.register_blueprint(blueprint)
    world.faults.shape("twilio", fault_answer)
    world.counts["texts"] = lambda: len(world.store.table("twilio_messages"))
    world.counts["calls"] = lambda: len(world.store.table(TABLE))
    world.idles.append(lambda: not world.clock.is_moving() or not _is_on_the_phone(world))
    conversation.resume()


def inbound_texts(world: SandboxWorld) -> InboundTexts:
    """Where leads' texts to our number arrive."""
    return InboundTexts(world, TextDelivery(world))


def inbound_calls(world: SandboxWorld) -> InboundCalls:
    """Where leads' calls to our number arrive."""
    calls: InboundCalls = world.vendors["twilio"]
    return calls


def _is_on_the_phone(world: SandboxWorld) -> bool:
    return any(call["status"] not in ENDED for _, call in world.store.table(TABLE).items())


def _unknown(path: str) -> Response:
    return TwilioError(20404, f"/{path}").answer()
