"""Knocks at the doors of a running product, signed as the vendors sign; what came of it, and what did not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import requests
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Engine, inspect, text
from urllib3 import encode_multipart_formdata

from tests.stage.stage import ROOT, Stage

#: Stands in every body that is refused, and must stand in no log.
PRIVATE = "+12125550199 private words"

V3, V3_TIME = "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"
V2, V2_VERSION = "X-HubSpot-Signature", "X-HubSpot-Signature-Version"
TWILIO = "X-Twilio-Signature"
SENDGRID, SENDGRID_TIME = (
    "X-Twilio-Email-Event-Webhook-Signature",
    "X-Twilio-Email-Event-Webhook-Timestamp",
)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Knock:
    """A request as it goes out."""

    path: str
    body: bytes
    headers: dict[str, str | bytes] = field(default_factory=dict)
    #: Sent in pieces, without saying how much will come.
    is_chunked: bool = False

    def but(self, header: str, value: str | bytes | None) -> Knock:
        """The same with another value of a header, or without it."""
        rest = {name: kept for name, kept in self.headers.items() if name != header}
        return replace(self, headers=rest if value is None else rest | {header: value})

    def with_body(self, body: bytes) -> Knock:
        """The same with another body under the same signature."""
        return replace(self, body=body)

    def at(self, path: str) -> Knock:
        """The same at another address under the same signature."""
        return replace(self, path=path)


class Doors:
    """The product's doors, the vendors' keys to them, and a look behind."""

    dana = ""
    touch_id = ""
    key = ""

    def __init__(self, stage: Stage, engine: Engine) -> None:
        self.stage = stage
        self.engine = engine
        self.given = stage.http.get(f"{stage.sandbox}/_sandbox/credentials", timeout=5).json()
        self.portal = int(self.given["hubspot"]["portal_id"])
        #: Whether something came in that worker, clock or sandbox may still be busy with.
        self.is_busy = False
        self._tables = inspect(engine).get_table_names()
        self._pem = self.given["sendgrid"]["webhook_private_key"].encode()

    # --- knocking ----------------------------------------------------------------------------

    def knock(self, knock: Knock) -> requests.Response:
        """Send it on a connection of its own: some answers come before the body is read."""
        url = self.stage.app + knock.path
        body: Any = iter([knock.body]) if knock.is_chunked else knock.body
        answer = requests.post(url, data=body, headers=knock.headers, timeout=20)
        self.is_busy = self.is_busy or (answer.ok and knock.body != b"[]")
        return answer

    def lead(self, **properties: str) -> str:
        """Another contact in the CRM, known to the product."""
        record_id = self.stage.create_lead(None, **properties)
        self.stage.settle()
        return record_id

    def hubspot(self, body: Any, *, path: str = "/webhooks/hubspot", age: float = 0) -> Knock:
        """Signed with v3, `age` seconds ago."""
        data = _bytes(body)
        stamp = str(round((time.time() - age) * 1000))
        signed = b"POST" + (self.stage.app + path).encode() + data + stamp.encode()
        digest = hmac.digest(self.given["hubspot"]["client_secret"].encode(), signed, "sha256")
        headers = {"Content-Type": JSON, V3: base64.b64encode(digest).decode(), V3_TIME: stamp}
        return Knock(path, data, dict(headers))

    def hubspot_v2(self, body: Any, *, path: str) -> Knock:
        """Signed with v2, as workflow actions are documented."""
        data = _bytes(body)
        secret = self.given["hubspot"]["client_secret"].encode()
        digest = hashlib.sha256(secret + b"POST" + (self.stage.app + path).encode() + data).hexdigest()
        return Knock(path, data, {"Content-Type": JSON, V2: digest, V2_VERSION: "v2"})

    def twilio(self, form: dict[str, str], path: str) -> Knock:
        """A form, signed over the address and its fields."""
        signed = self.stage.app + path + "".join(name + form[name] for name in sorted(form))
        digest = hmac.digest(self.given["twilio"]["auth_token"].encode(), signed.encode(), "sha1")
        signature = base64.b64encode(digest).decode()
        return Knock(path, urlencode(form).encode(), {"Content-Type": FORM, TWILIO: signature})

    def sendgrid(self, body: Any, *, stamp: str = "") -> Knock:
        """Signed with the private key over timestamp and body."""
        data, stamp = _bytes(body), stamp or str(int(time.time()))
        key: Any = load_pem_private_key(self._pem, None)
        signature = base64.b64encode(key.sign(stamp.encode() + data, ECDSA(SHA256()))).decode()
        headers = {"Content-Type": JSON, SENDGRID: signature, SENDGRID_TIME: stamp}
        return Knock("/webhooks/sendgrid/events", data, dict(headers))

    def mail(self, fields: Any, *, path: str = "/webhooks/sendgrid/inbound") -> Knock:
        """Fields of a mail (or a body as it is), signed by Inbound Parse's security policy."""
        if isinstance(fields, bytes):
            body, content_type = fields, "multipart/form-data; boundary=xYzZY"
        else:
            body, content_type = encode_multipart_formdata(fields, boundary="xYzZY")
        stamp = str(int(time.time()))
        key: Any = load_pem_private_key(self.given["sendgrid"]["parse_private_key"].encode(), None)
        signature = base64.b64encode(key.sign(stamp.encode() + body, ECDSA(SHA256()))).decode()
        return Knock(path, body, {"Content-Type": content_type, SENDGRID: signature, SENDGRID_TIME: stamp})

    def api(self, body: Any, key: str | None = None, content_type: str = JSON) -> Knock:
        """With the account's key."""
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {key or self.key}"}
        return Knock("/api/v1/enrollments", _bytes(body), dict(headers))

    # --- bodies ------------------------------------------------------------------------------

    def event(self, **fields: Any) -> dict[str, Any]:
        """A change of Dana's in HubSpot's words."""
        return {
            "eventId": 100,
            "subscriptionId": 7,
            "portalId": self.portal,
            "appId": self.given["hubspot"]["app_id"],
            "occurredAt": 1803999000000,
            "subscriptionType": "contact.propertyChange",
            "attemptNumber": 0,
            "objectId": int(self.dana),
            "propertyName": "phone",
            "propertyValue": PRIVATE,
            "changeSource": "CRM",
        } | fields

    def action(self, **fields: Any) -> dict[str, Any]:
        """A workflow's call for Dana."""
        return {
            "callbackId": "ap-24680135-1-1-1",
            "origin": {"portalId": self.portal, "actionDefinitionId": 7, "actionDefinitionVersion": 1},
            "context": {"source": "WORKFLOWS", "workflowId": 9},
            "object": {
                "objectId": int(self.dana),
                "objectType": "CONTACT",
                "properties": {"phone": PRIVATE},
            },
            "inputFields": {"sequence": "high-intent"},
        } | fields

    def enrollment(self, **fields: Any) -> dict[str, Any]:
        """The API's body for Dana."""
        return {"record": {"object": "contact", "id": self.dana}, "sequence": "high-intent"} | fields

    # --- a look behind -----------------------------------------------------------------------

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        counts = ", ".join(f'(select count(*) from "{name}")' for name in self._tables)
        with self.engine.connect() as connection:
            row = connection.execute(text(f"select {counts}")).one()
        return dict(zip(self._tables, row, strict=True))

    def column(self, query: str, **values: Any) -> list[Any]:
        """The first column of what a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).scalars())

    def log(self, name: str = "web") -> Log:
        """What a process writes from now on."""
        return Log(self.stage, name)

    def command(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `sixthtouch …` in the run's environment."""
        return subprocess.run(
            [sys.executable, "-m", "jobs.cli", *arguments],
            cwd=ROOT, env=self.stage.env | env, capture_output=True, text=True, check=False,
        )  # fmt: skip


class Log:
    """What a process wrote since a moment."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._name = stage, name
        self._from = len(stage.log(name))

    def text(self) -> str:
        """All of it."""
        return self._stage.log(self._name)[self._from :]

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The structured lines of this event."""
        found = [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def check_refusal(
    doors: Doors, knock: Knock, status: int, code: str, *words: str, fields: tuple[str, ...] = ()
) -> None:
    """Refused with this status and body and one line in the log; nothing changed, nothing was told.

    `words` stand in the message, which says what came, what was expected or what to do.
    """
    before, log = doors.rows(), doors.log()
    answer = doors.knock(knock)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, JSON), answer.text
    body = answer.json()
    assert set(body) == {"code", "message", "fields"}
    assert (body["code"], set(body["fields"])) == (code, set(fields)), body
    assert all(word in body["message"] for word in words), body["message"]
    (line,) = log.lines(code)
    assert line["status"] == status
    assert line["route"].startswith(f"/{knock.path.split('/')[1]}/")
    assert line.get("checked_against", "") == (doors.stage.app if code == "bad_signature" else "")
    assert line["reason"]
    assert "Traceback" not in log.text()
    check_discretion(doors, log.text() + answer.text)
    assert doors.rows() == before
    assert doors.knock(doors.hubspot([])).status_code == 204


def check_discretion(doors: Doors, told: str) -> None:
    """Neither secrets nor what people wrote stand in it."""
    env = doors.given["env"]
    secrets = [env["HUBSPOT_CLIENT_SECRET"], env["TWILIO_AUTH_TOKEN"], env["SENDGRID_API_KEY"], doors.key]
    for hidden in (*secrets, "private words", "12125550199"):
        assert hidden not in told
