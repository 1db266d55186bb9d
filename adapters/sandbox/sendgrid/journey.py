"""A mail's way: processed, delivered or bounced, and what the lead does with it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.person import People, Person
from adapters.sandbox.people.reply import plan_replies
from adapters.sandbox.sendgrid.events import Events
from adapters.sandbox.sendgrid.mail import mails
from adapters.sandbox.sendgrid.unsubscribe import one_click_request, one_click_url
from adapters.sandbox.world import SandboxWorld

Doc = dict[str, Any]

_SECOND = dt.timedelta(seconds=1)
_SCANNED_AFTER = dt.timedelta(seconds=5)
_READ_AFTER = dt.timedelta(minutes=20)
_READ_AGAIN_AFTER = dt.timedelta(minutes=10)
_CLICKED_AFTER = dt.timedelta(minutes=21)
_UNSUBSCRIBED_AFTER = dt.timedelta(minutes=30)
_LINK = re.compile(r"https?://[^\s<>\"']+")
_READER = {"ip": "203.0.113.9", "useragent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"}
_SCANNER = {"ip": "203.0.113.77", "useragent": "Mozilla/5.0"}


class MailJourney:
    """Moves mails on by acts of the agenda."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._mails = mails(world)
        self._bounced = world.store.table("sendgrid_bounces")
        self._events = Events(world)
        self._devices = Devices(world.store)
        self._people = People(world)

    def listen(self) -> None:
        """Takes the agenda's acts on itself; once a world."""
        self._events.listen()
        acts = {
            "sendgrid.processed": self._process,
            "sendgrid.arrived": self._arrive,
            "sendgrid.opened": self._open,
            "sendgrid.clicked": self._click,
            "sendgrid.unsubscribed": self._unsubscribe,
        }
        for act, handler in acts.items():
            self._world.agenda.on(act, handler)

    def start(self, mail: Doc) -> None:
        """Keeps a mail that was just accepted."""
        self._mails.put(mail["id"], mail)
        at = dt.datetime.fromisoformat(mail["leaves_at"]) + _SECOND
        self._world.agenda.add(at, "sendgrid.processed", {"id": mail["id"]})

    def _plan(self, mail: Doc, after: dt.timedelta, act: str, **data: Any) -> None:
        self._world.agenda.add(self._world.clock.now() + after, act, {"id": mail["id"], **data})

    def _mail(self, data: Doc) -> Doc:
        mail = self._mails.get(data["id"])
        if mail is None:
            raise LookupError(f"an act for a mail that is not kept: {data['id']}")
        return mail

    def _process(self, data: Doc) -> None:
        mail = self._mail(data)
        if mail["to"].lower() in self._bounced:
            self._events.tell(mail, "dropped", reason="Bounced Address", status="5.0.0")
            return
        self._events.tell(mail, "processed")
        self._plan(mail, 2 * _SECOND, "sendgrid.arrived")

    def _arrive(self, data: Doc) -> None:
        mail = self._mail(data)
        if mail["to"].lower().startswith("bounce"):
            self._bounce(mail)
            return
        self._events.tell(mail, "delivered", response="250 2.0.0 OK", tls=1)
        self._devices.put(mail["to"], _inbox_item(mail))
        person = self._people.at_email(mail["to"])
        if person is not None:
            self._react(mail, person)

    def _bounce(self, mail: Doc) -> None:
        self._bounced.put(mail["to"].lower(), {"at": self._world.clock.now().isoformat()})
        self._events.tell(
            mail,
            "bounce",
            type="bounce",
            status="5.1.1",
            reason="550 5.1.1 The email account that you tried to reach does not exist",
            bounce_classification="Invalid Address",
        )

    def _react(self, mail: Doc, person: Person) -> None:
        script = person.script
        plan_replies(self._world, person, "email")
        for count in range(script.get("machine_opens", 0)):
            self._plan(mail, _SCANNED_AFTER + count * _SECOND, "sendgrid.opened", is_machine=True)
        for count in range(script.get("opens", 0)):
            self._plan(mail, _READ_AFTER + count * _READ_AGAIN_AFTER, "sendgrid.opened", is_machine=False)
        for count in range(script.get("clicks", 0)):
            self._plan(mail, _CLICKED_AFTER + count * _SECOND, "sendgrid.clicked")
        if self._people.unsubscribes_now(person):
            self._plan(mail, _UNSUBSCRIBED_AFTER, "sendgrid.unsubscribed", person=person.id)

    def _open(self, data: Doc) -> None:
        mail = self._mail(data)
        if not data["is_machine"]:
            self._devices.change(mail["to"], mail["id"], is_read=True)
        if mail["tracks_opens"]:
            mail["opens"] += 1
            reader = _SCANNER if data["is_machine"] else _READER
            self._events.tell(mail, "open", sg_machine_open=data["is_machine"], **reader)

    def _click(self, data: Doc) -> None:
        """Follows the first link of the text; SendGrid knows of it only where it rewrote the link."""
        mail = self._mail(data)
        found = _LINK.search(mail["text"] or mail["html"])
        if found and mail["tracks_clicks"]:
            mail["clicks"] += 1
            place = {"index": 0, "type": "text" if mail["text"] else "html"}
            self._events.tell(mail, "click", url=found.group().rstrip(".,)"), url_offset=place, **_READER)

    def _unsubscribe(self, data: Doc) -> None:
        mail = self._mail(data)
        url = one_click_url(mail["headers"])
        if url is None:
            self._devices.change(mail["to"], mail["id"], note="offers no unsubscribe button")
            return
        self._devices.change(mail["to"], mail["id"], note="unsubscribed with one click")
        extra = {"to": mail["to"], **self._people.facts(self._people.get(data["person"]))}
        self._world.deliveries.post(
            "sendgrid", "one_click_unsubscribe", url, build=one_click_request, extra=extra
        )


def _inbox_item(mail: Doc) -> Doc:
    return {
        "id": mail["id"],
        "kind": "mail",
        "direction": "in",
        "at": mail["last_event_at"],
        "from": mail["from"],
        "from_name": mail["from_name"],
        "subject": mail["subject"],
        "text": mail["text"],
        "has_button": one_click_url(mail["headers"]) is not None,
    }
