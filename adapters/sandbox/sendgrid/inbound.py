"""A lead answers a mail: to the parsed domain it becomes a webhook, else it lies in somebody's mailbox."""

from __future__ import annotations

from typing import Any

from urllib3 import encode_multipart_formdata

from adapters.sandbox.core.deliveries import Retries
from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.directory import Directory, email_of, name_of
from adapters.sandbox.people.person import People, Person
from adapters.sandbox.sendgrid.answer import fields_of, new_mail_id, subject_of
from adapters.sandbox.sendgrid.mail import mails
from adapters.sandbox.sendgrid.signature import signed_headers
from adapters.sandbox.world import SandboxWorld

Doc = dict[str, Any]

WEBHOOK_PATH = "/webhooks/sendgrid/inbound"
EVENT = "inbound"
_BOUNDARY = "xYzZY"
# SendGrid goes on for three days, after answers of 5xx alone.
_RETRIES = Retries(
    delays_s=(1, 2, 4, 8, 16, 30), is_failure=lambda status: status == 0 or status >= 500, timeout_s=20
)


class InboundMails:
    """Receives what leads write back."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._mails = mails(world)
        self._devices = Devices(world.store)
        self._directory = Directory(world)
        self._people = People(world)

    def last_to(self, id_: str) -> Doc | None:
        """The last mail that reached this contact, None when none did."""
        address = email_of(self._directory.get(id_)).lower()
        found = [
            mail
            for _, mail in self._mails.items()
            if address and mail["to"].lower() == address and mail["status"] == "delivered"
        ]
        return max(found, key=lambda mail: mail["number"], default=None)

    def answer(self, id_: str, mail: Doc, text: str, *, quote: bool) -> str:
        """Answers a mail as this contact, at once; returns the answer's Message-ID."""
        person, contact = self._people.get(id_), self._directory.get(id_)
        mail_id = new_mail_id(mail["to"])
        now = self._world.clock.now()
        is_parsed = (
            mail["reply_to"].rpartition("@")[2].lower() == self._world.credentials.sendgrid.reply_domain
        )
        item = {
            "id": mail_id,
            "kind": "mail_reply",
            "direction": "out",
            "at": now.isoformat(),
            "subject": subject_of(mail),
            "text": text,
            "note": "" if is_parsed else f"in the mailbox of {mail['reply_to']}",
        }
        self._devices.put(mail["to"], item)
        if is_parsed:
            name = name_of(contact) if contact else ""
            fields = fields_of(
                mail, name=name, text=text, mail_id=mail_id, at=now, zone=person.timezone, quote=quote
            )
            self._post(mail, person, fields, text)
        return mail_id

    def _post(self, mail: Doc, person: Person, fields: list[tuple[str, str]], text: str) -> None:
        body, content_type = encode_multipart_formdata(fields, boundary=_BOUNDARY)

        def build() -> tuple[dict[str, str], bytes]:
            key = self._world.credentials.sendgrid.parse_private_key
            headers = {"Content-Type": content_type, "User-Agent": "Sendlib/1.0 server=mx.sendgrid.net"}
            return headers | signed_headers(self._world, key, body), body

        extra = {"to": mail["reply_to"], "text": text, **self._people.facts(person)}
        url = self._world.app_url + WEBHOOK_PATH
        self._world.deliveries.post("sendgrid", EVENT, url, build=build, retries=_RETRIES, extra=extra)
