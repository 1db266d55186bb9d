"""Two teams behind the real web application: Alice and Bob at one portal, Charlie at another."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from adapters.vault import FernetVault
from connector.ports import (
    ActionAnswer,
    ActionCall,
    BadRequestBodyError,
    BadSignatureError,
    CallAnswered,
    CallProgress,
    CallRequest,
    CallStatus,
    ContactRecord,
    EmailEvent,
    EmailEventKind,
    EmailMessage,
    Grant,
    Identity,
    Incoming,
    KeyPressed,
    OptionsCall,
    Outside,
    OutsideError,
    RawEvent,
    RawRequest,
    Rendered,
    SequenceOption,
    Talk,
    TextMessage,
    TextStatus,
)
from connector.settings import load_settings
from connector.store.sessions import Sessions
from connector.use_cases.advance import advance, claim_due
from connector.use_cases.enroll import EnrollAnswer, EnrollRequest, enroll
from connector.use_cases.handle import handle_events
from connector.use_cases.install import SignedIn, complete, set_up_installation
from connector.use_cases.receive import receive
from connector.use_cases.sync import sync_contacts
from connector.use_cases.world import World
from connector.use_cases.write_back import claim_write_backs, write_back
from connector.web import create_web
from tests.engine.fakes import DANA, Door, NotedQueue, Providers, ReadyMade, SetClock
from tests.engine.timeline import Timeline

ALICE, BOB, CHARLIE = "1:7", "1:9", "2:3"
_EMAILS = {ALICE: "alice@harbor.example", BOB: "bob@harbor.example", CHARLIE: "charlie@other.example"}
PUBLIC = "https://followup.example"
TOUCH_ID = "t_0123456789abcdef01234567"


@dataclass
class CastDoor(Door):
    """OAuth of a portal whose users are the cast; `failure` is raised by the next exchange."""

    crm: str = "hubspot"
    came: str = ALICE
    failure: OutsideError | None = None

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        if self.failure is not None:
            raise self.failure
        self.came = code
        return super().exchange(code, redirect_uri)

    def identify(self, access_token: str) -> Identity:
        portal, user = self.came.split(":")
        domain = _EMAILS[self.came].split("@")[1]
        return Identity(True, portal, domain, user, _EMAILS[self.came])


def check(request: RawRequest) -> None:
    """Whoever knows the word and the public address has signed; `?` is no body."""
    if request.headers.get("X-Word") != f"open {request.url}":
        raise BadSignatureError("the word is wrong")
    if request.body == b"?":
        raise BadRequestBodyError("expected something other than a question mark")


def signed(path: str) -> dict[str, str]:
    """The header that `check` wants for this path."""
    return {"X-Word": f"open {PUBLIC}{path}"}


@dataclass
class SignedSource(ReadyMade):
    """A webhook source behind `check`."""

    def accept(self, request: RawRequest) -> list[RawEvent]:
        check(request)
        return super().accept(request)


@dataclass
class Switchboard:
    """The voice door: speaks plain text, notes what was asked."""

    provider: str = "fake"
    asked: list[str] = field(default_factory=list)

    def accept(self, request: RawRequest) -> CallAnswered | KeyPressed:
        check(request)
        self.asked.append(request.path)
        return KeyPressed(request.path.rsplit("/", 1)[1], "C1", "1")

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        return "text/xml", f"<say>{talk.say}</say>".encode()


class Workflow:
    """A CRM's workflow calls, in a form of its own."""

    def accept_action(self, request: RawRequest) -> ActionCall:
        check(request)
        record_id, sequence = request.body.decode().split(",")
        return ActionCall("1", f"callback-{record_id}", "contact", record_id, {"sequence": sequence})

    def accept_options(self, request: RawRequest) -> OptionsCall:
        check(request)
        return OptionsCall("1", "", "")

    def render_action(self, answer: ActionAnswer) -> Rendered:
        return Rendered(200, "application/json", f'{{"status":"{answer.status}"}}'.encode())

    def render_options(self, options: Any, after: str | None = None) -> Rendered:
        chosen: list[SequenceOption] = list(options)
        return Rendered(200, "application/json", ",".join(option.value for option in chosen).encode())


@dataclass
class Neighborhood:
    """The application, the world it runs in, and the fakes around it."""

    app: Flask
    world: World
    clock: SetClock
    queue: NotedQueue
    providers: Providers
    door: CastDoor
    timeline: Timeline
    source: SignedSource
    switchboard: Switchboard
    alice: SignedIn

    def browser(self, who: str | None = None) -> FlaskClient:
        """A browser; signed in through the CRM's consent page when `who` is one of the cast."""
        client = self.app.test_client()
        if who is not None:
            assert sign_in(client, who).status_code == 302
        return client

    def enroll(self, record_id: str = "101", sequence: str = "high-intent") -> EnrollAnswer:
        """Enroll a contact of the first portal."""
        return enroll(
            self.world,
            EnrollRequest(
                account_id=self.alice.account_id,
                installation_id=self.alice.installation_id,
                object="contact",
                record_id=record_id,
                sequence=sequence,
                request_key=None,
                enrolled_by="a workflow",
            ),
        )

    def contact_id(self, record_id: str = "101") -> int:
        """Our id of a contact of the first portal."""
        return self._one("select contact_id from crm_record where record_id = :given", record_id)

    def enrollment_id(self, record_id: str = "101") -> int:
        """The latest enrollment of a contact."""
        return self._one("select max(id) from enrollment where record_id = :given", record_id)

    def _one(self, query: str, given: str) -> int:
        from sqlalchemy import text  # noqa: PLC0415  only here

        with self.world.sessions.read() as session:
            return int(session.execute(text(query), {"given": given}).scalar_one())

    def hear(self, incoming: Incoming, key: str) -> None:
        """A webhook of the provider comes in and is handled."""
        self.source.events[key] = incoming
        url = f"{PUBLIC}/webhooks/fake"
        receive(
            self.world,
            "fake",
            RawRequest("POST", url, "/webhooks/fake", {"X-Word": f"open {url}"}, key.encode()),
        )
        jobs, self.queue.jobs[:] = list(self.queue.jobs), []
        for job, args in jobs:
            if job == "handle_events":
                handle_events(self.world, [int(each) for each in args])

    def work(self, until: dt.datetime) -> None:
        """Everything that is due up to an instant: touches go and end, activities are written."""
        while True:
            before = len(self.providers.sent)
            advance(self.world, claim_due(self.world))
            for message in self.providers.sent[before:]:
                self._end(message)
            for installation_id in claim_write_backs(self.world):
                write_back(self.world, installation_id)
            due = self._next_due()
            if due is None or due > until:
                break
            self.clock.at = max(due, self.clock.at)
        self.clock.at = max(until, self.clock.at)

    def _next_due(self) -> dt.datetime | None:
        from connector.use_cases.report_health import readiness  # noqa: PLC0415  only here

        return readiness(self.world).next_due_at

    def _end(self, message: TextMessage | CallRequest | EmailMessage) -> None:
        """What the provider says of a message: texts and mails arrive, calls ring out."""
        known = f"P{self.providers.sent.index(message) + 1}"
        news: Incoming
        if isinstance(message, CallRequest):
            news = CallStatus(message.touch_id, known, CallProgress.NO_ANSWER)
        elif isinstance(message, TextMessage):
            news = TextStatus(message.touch_id, known, "delivered", 3, is_delivered=True, is_failed=False)
        else:
            news = EmailEvent(message.touch_id, known, EmailEventKind.DELIVERED)
        self.hear(news, f"end-{message.touch_id}")


def build_neighborhood(
    sessions: Sessions, contacts: list[ContactRecord] | None = None, **settings: Any
) -> Neighborhood:
    """Alice has installed; Dana is the only contact unless others are given."""
    clock, queue, providers = SetClock(), NotedQueue(), Providers()
    door, source, switchboard = CastDoor(clock), SignedSource(), Switchboard()
    timeline = Timeline({record.record_id: record for record in contacts or [DANA]})
    outside = Outside(
        clock=clock,
        queue=queue,
        vault=FernetVault(Fernet.generate_key().decode()),
        texts=providers,
        calls=providers,
        emails=providers,
        voice=switchboard,
        webhooks={"fake": source},
        crm_doors={"hubspot": door},
        crms={"hubspot": lambda _token, portal: timeline if portal == "1" else Timeline()},
        actions={"hubspot": Workflow()},
    )
    given = {
        "secret_key": "s" * 40,
        "public_url": PUBLIC,
        "company_name": "Harbor Homes",
        "postal_address": "1 Harbor Street, Boston",
        "twilio_from_number": "+12025550100",
        **settings,
    }
    world = World(load_settings(**given), outside, sessions)
    alice = complete(world, "hubspot", ALICE)
    set_up_installation(world, alice.installation_id)
    sync_contacts(world, alice.installation_id)
    queue.jobs.clear()
    return Neighborhood(
        create_web(world), world, clock, queue, providers, door, timeline, source, switchboard, alice
    )


def start_sign_in(client: FlaskClient) -> str:
    """Go out to the consent page; the state that must come back."""
    answer = client.get("/oauth/hubspot/start", base_url=PUBLIC)
    found = re.search(r"state=([^&]+)", answer.headers["Location"])
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, who: str) -> Any:
    """Out to the consent page and back."""
    state = start_sign_in(client)
    return client.get(f"/oauth/hubspot/callback?code={who}&state={state}", base_url=PUBLIC)


def csrf_token(page: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, "the page has no form"
    return found[1]


def other(record_id: str, **changes: Any) -> ContactRecord:
    """Dana under another record, with another number and address."""
    number = f"+1212555{int(record_id):04d}"
    fresh = {"phone": number, "email": f"lead{record_id}@example.com", **changes}
    return replace(DANA, record_id=record_id, **fresh)
