"""Routes under /_sandbox: scripts for leads, and what they, or numbers that are nobody's, say at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from adapters.sandbox.people.arrivals import Arrivals
from adapters.sandbox.people.directory import Directory
from adapters.sandbox.people.person import People
from adapters.sandbox.people.script import ScriptError, read_script
from adapters.sandbox.people.speech import Speech, SpeechError
from adapters.sandbox.sendgrid import inbound_mails
from adapters.sandbox.twilio import inbound_calls, inbound_texts
from adapters.sandbox.world import SandboxWorld

Answer = tuple[Response, int] | Response


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the routes, lets leads speak when their scripts say so, and brings in the cast."""
    speech = Speech(world, inbound_texts(world), inbound_calls(world), inbound_mails(world))
    speech.listen()
    views = _Views(world, speech)
    routes = Blueprint("people", __name__, url_prefix="/_sandbox/people")
    routes.add_url_rule("/<id_>", view_func=views.put, methods=["PUT"])
    routes.add_url_rule("/<id_>", view_func=views.get, methods=["GET"])
    routes.add_url_rule("/<id_>/say", view_func=views.say, methods=["POST"])
    routes.add_url_rule("/<id_>/call", view_func=views.call, methods=["POST"])
    routes.register_error_handler(ScriptError, _refuse)
    routes.register_error_handler(SpeechError, _refuse)
    app.register_blueprint(routes)
    numbers = Blueprint("numbers", __name__, url_prefix="/_sandbox/numbers")
    numbers.add_url_rule("/<number>/say", view_func=views.say_from, methods=["POST"])
    numbers.add_url_rule("/<number>/call", view_func=views.call_from, methods=["POST"])
    numbers.register_error_handler(SpeechError, _refuse)
    app.register_blueprint(numbers)
    Arrivals(world).start()


def _refuse(error: ScriptError | SpeechError) -> tuple[Response, int]:
    return jsonify({"message": str(error)}), error.status


class _Views:
    def __init__(self, world: SandboxWorld, speech: Speech) -> None:
        self._world = world
        self._people = People(world)
        self._directory = Directory(world)
        self._speech = speech

    def put(self, id_: str) -> Answer:
        """Scripts a lead; what came before does not count."""
        self._check(id_)
        self._people.set_script(id_, read_script(request.get_json(force=True, silent=True)))
        return self.get(id_)

    def get(self, id_: str) -> Answer:
        """A lead's script and true zone."""
        self._check(id_)
        person = self._people.get(id_)
        return jsonify({"id": person.id, "timezone": person.timezone, "script": person.script})

    def say(self, id_: str) -> Answer:
        """A text to our number, or an answer to the last mail, at once."""
        self._check(id_)
        channel, text, quote = _read_saying(request.get_json(force=True, silent=True))
        if channel == "email":
            return jsonify({"id": self._speech.mail(id_, text, quote=quote)})
        return jsonify({"id": self._speech.text(id_, text)})

    def call(self, id_: str) -> Answer:
        """A call to our number, at once."""
        self._check(id_)
        return jsonify({"id": self._speech.call(id_)})

    def say_from(self, number: str) -> Answer:
        """A text to our number from any number."""
        channel, text, _ = _read_saying(request.get_json(force=True, silent=True))
        if channel != "sms":
            raise SpeechError("A number can only text.", 400)
        return jsonify({"id": self._speech.text_from(number, text)})

    def call_from(self, number: str) -> Answer:
        """A call to our number from any number."""
        return jsonify({"id": self._speech.call_from(number)})

    def _check(self, id_: str) -> None:
        if self._directory.get(id_) is None:
            raise SpeechError(f"The CRM has no contact {id_}.", 404)


def _read_saying(given: Any) -> tuple[str, str, bool]:
    """Channel, text, and whether the mail that is answered is quoted below."""
    if not isinstance(given, dict) or set(given) - {"channel", "text", "quote"}:
        raise SpeechError("Give a JSON object with channel, text and perhaps quote.", 400)
    channel, text = given.get("channel"), given.get("text")
    if channel not in ("sms", "email"):
        raise SpeechError("channel is sms or email.", 400)
    if not isinstance(text, str) or not text.strip():
        raise SpeechError("text is missing.", 400)
    quote = given.get("quote", False)
    if not isinstance(quote, bool):
        raise SpeechError("quote is true or false.", 400)
    return channel, text, quote
