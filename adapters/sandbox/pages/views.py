"""The page's routes: the list of leads, one lead, an answer as the lead, another script."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapters.sandbox.hubspot.portal import portal_of
from adapters.sandbox.pages.lead import CHOICES, phone_of, said_script
from adapters.sandbox.pages.record import facts_of, owner_name, timeline_of
from adapters.sandbox.pages.words import said_at
from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.directory import Contact, Directory, email_of, name_of, number_of
from adapters.sandbox.people.person import People
from adapters.sandbox.people.speech import Speech, SpeechError
from adapters.sandbox.sendgrid import inbound_mails
from adapters.sandbox.twilio import inbound_calls, inbound_texts
from adapters.sandbox.twilio.debugger import Debugger
from adapters.sandbox.world import SandboxWorld

_MOST_SHOWN = 200
_MOST_ALERTS = 20
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def routes(world: SandboxWorld) -> Blueprint:
    """The page's blueprint over a world."""
    views = _Views(world)
    blueprint = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )
    blueprint.add_app_template_filter(said_at, "said_at")
    blueprint.before_request(_refuse_strangers)
    blueprint.after_request(_harden)
    blueprint.add_url_rule("/", view_func=views.index)
    blueprint.add_url_rule("/leads/<id_>", view_func=views.lead)
    blueprint.add_url_rule("/leads/<id_>/say", view_func=views.say, methods=["POST"])
    blueprint.add_url_rule("/leads/<id_>/call", view_func=views.call, methods=["POST"])
    blueprint.add_url_rule("/leads/<id_>/script", view_func=views.script, methods=["POST"])
    return blueprint


def _refuse_strangers() -> None:
    """Another site's page must not act here: browsers say where a form comes from."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def _harden(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # "no-referrer" would make browsers hide our own forms' origin too.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


class _Views:
    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._people = People(world)
        self._directory = Directory(world)
        self._speech = Speech(world, inbound_texts(world), inbound_calls(world), inbound_mails(world))

    def index(self) -> str:
        """All leads, the newest first."""
        contacts = [
            doc for _, doc in self._world.store.table("hubspot.contacts").items() if not doc["archived"]
        ]
        shown = [self._row(contact) for contact in reversed(contacts[-_MOST_SHOWN:])]
        return render_template(
            "index.html",
            leads=shown,
            count=len(contacts),
            now=self._now(),
            app_url=self._world.app_url,
            alerts=Debugger(self._world).alerts()[: -_MOST_ALERTS - 1 : -1],
        )

    def lead(self, id_: str) -> str:
        """One lead, from both sides."""
        contact = self._contact(id_)
        person = self._people.get(id_)
        with self._world.store.lock:
            return render_template(
                "lead.html",
                id=id_,
                name=name_of(contact),
                number=number_of(contact),
                can_mail=self._speech.can_mail(id_),
                is_deleted=contact["archived"],
                zone=person.timezone,
                now=self._now(),
                script=said_script(person.script),
                choices=CHOICES,
                facts=facts_of(self._world, contact, person.timezone),
                timeline=timeline_of(self._world, id_),
                phone=phone_of(self._world, contact),
            )

    def say(self, id_: str) -> AnyResponse:
        """Answers as the lead, by text or mail."""
        self._contact(id_)
        text = request.form.get("text", "").strip()
        if text:
            try:
                if request.form.get("channel") == "email":
                    self._speech.mail(id_, text)
                else:
                    self._speech.text(id_, text)
            except SpeechError as error:
                abort(error.status, str(error))
        return redirect(url_for("pages.lead", id_=id_), code=303)

    def call(self, id_: str) -> AnyResponse:
        """Calls our number as the lead."""
        self._contact(id_)
        try:
            self._speech.call(id_)
        except SpeechError as error:
            abort(error.status, str(error))
        return redirect(url_for("pages.lead", id_=id_), code=303)

    def script(self, id_: str) -> AnyResponse:
        """Gives the lead one of the page's scripts."""
        self._contact(id_)
        chosen = CHOICES.get(request.form.get("script", ""))
        if chosen is None:
            abort(400, "There is no such script.")
        kept = self._people.get(id_).script.get("timezone")
        self._people.set_script(id_, {**({"timezone": kept} if kept else {}), **chosen[1]})
        return redirect(url_for("pages.lead", id_=id_), code=303)

    def _now(self) -> str:
        return self._world.clock.now().isoformat()

    def _contact(self, id_: str) -> Contact:
        contact = self._directory.get(id_)
        if contact is None:
            abort(404)
        return contact

    def _row(self, contact: Contact) -> dict[str, str]:
        devices = Devices(self._world.store)
        addresses = [address for address in (number_of(contact), email_of(contact)) if address]
        items = [item for address in addresses for item in devices.items(address)]
        properties = contact["properties"]
        return {
            "id": contact["id"],
            "name": name_of(contact),
            "zone": self._people.get(contact["id"]).timezone,
            "owner": owner_name(portal_of(self._world), properties.get("hubspot_owner_id", "")),
            "status": properties.get("sixthtouch_outcome") or properties.get("sixthtouch_status") or "",
            "touches": str(sum(item["direction"] == "in" for item in items)),
            "answers": str(sum(item["direction"] == "out" for item in items)),
            "last_at": max((item["at"] for item in items), default=""),
        }
