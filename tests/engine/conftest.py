"""A world on a database of its own, installed into a CRM that is a timeline."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from adapters.vault import FernetVault
from connector.ports import ContactRecord, Incoming, Outside, Question, RawRequest, Talk
from connector.settings import load_settings
from connector.store.models import Enrollment, Touch
from connector.store.sessions import Sessions
from connector.use_cases.advance import _claim, advance, claim_due
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.enroll import EnrollAnswer, EnrollRequest, enroll
from connector.use_cases.handle import handle_events
from connector.use_cases.install import SignedIn, complete, set_up_installation
from connector.use_cases.look_up import look_up, release_expired
from connector.use_cases.receive import receive
from connector.use_cases.send import Outgoing
from connector.use_cases.sync import sync_contacts
from connector.use_cases.voice import answer_call
from connector.use_cases.world import World
from connector.use_cases.write_back import claim_write_backs, write_back
from tests.engine.fakes import DANA, Door, NotedQueue, Providers, ReadyMade, SetClock, Voice
from tests.engine.timeline import Timeline


@dataclass
class Town:
    """A world and the fakes around it, with the few acts that tests speak in."""

    world: World
    clock: SetClock
    queue: NotedQueue
    providers: Providers
    door: Door
    timeline: Timeline
    source: ReadyMade
    voice: Voice
    signed_in: SignedIn

    def enroll(
        self, record_id: str = "101", key: str | None = None, sequence: str = "high-intent"
    ) -> EnrollAnswer:
        """Enroll a contact of the timeline."""
        request = EnrollRequest(
            account_id=self.signed_in.account_id,
            installation_id=self.signed_in.installation_id,
            object="contact",
            record_id=record_id,
            sequence=sequence,
            request_key=key,
            enrolled_by="a test",
        )
        return enroll(self.world, request)

    def advance(self) -> None:
        """What the clock and a worker do at this instant."""
        advance(self.world, claim_due(self.world))

    def claim(self) -> list[Outgoing]:
        """What a worker does at this instant up to the moment when it would ask the providers."""
        ids = [each.id for each in self.enrollments()]
        return self.world.sessions.run(lambda session: _claim(self.world, session, ids)).claimed

    def go_to_due(self) -> None:
        """Move to the next due instant, then advance."""
        due = min(at for at in (each.next_touch_at for each in self.enrollments()) if at is not None)
        self.clock.at = max(self.clock.at, due)
        self.advance()

    def hear(self, incoming: Incoming, key: str = "event") -> None:
        """A webhook comes in and is handled."""
        self.source.events[key] = incoming
        receive(self.world, "fake", RawRequest("POST", "https://us.example/x", "/x", {}, key.encode()))
        jobs, self.queue.jobs[:] = list(self.queue.jobs), []
        for job, args in jobs:
            if job == "handle_events":
                handle_events(self.world, [int(each) for each in args])

    def ask(self, question: Question) -> Talk:
        """The provider asks during a call; what is said."""
        key = str(len(self.voice.questions))
        self.voice.questions[key] = question
        answer_call(self.world, "fake", RawRequest("POST", "https://us.example/v", "/v", {}, key.encode()))
        return self.voice.said[-1]

    def write_back(self) -> None:
        """What the clock and a worker do for the outbox at this instant."""
        for installation_id in claim_write_backs(self.world):
            write_back(self.world, installation_id)

    def look_up(self, *, seconds: float = 121) -> None:
        """What the clock and a worker do, a while later, about touches whose outcome is not known."""
        self.clock.wall_at += dt.timedelta(seconds=seconds)
        release_expired(self.world)
        for looks in claim_look_ups(self.world):
            look_up(self.world, looks)

    def enrollments(self) -> list[Enrollment]:
        """All enrollments, oldest first."""
        with self.world.sessions.read() as session:
            return list(session.scalars(select(Enrollment).order_by(Enrollment.id)))

    def touches(self) -> list[Touch]:
        """All touches in the order of planning."""
        with self.world.sessions.read() as session:
            return list(session.scalars(select(Touch).order_by(Touch.planned_at, Touch.id)))


def build_town(sessions: Sessions, contacts: list[ContactRecord], **settings: Any) -> Town:
    """A world installed into a CRM account that holds these contacts."""
    clock, queue, providers = SetClock(), NotedQueue(), Providers()
    door = Door(clock)
    timeline = Timeline({record.record_id: record for record in contacts})
    source, voice = ReadyMade(), Voice()
    outside = Outside(
        clock=clock,
        queue=queue,
        vault=FernetVault(Fernet.generate_key().decode()),
        texts=providers,
        calls=providers,
        emails=providers,
        voice=voice,
        webhooks={"fake": source},
        crm_doors={"fake": door},
        crms={"fake": lambda access_token, external_account: timeline},
        actions={},
    )
    given = {
        "secret_key": "s" * 40,
        "company_name": "Harbor Homes",
        "postal_address": "1 Harbor Street",
        "twilio_from_number": "+12025550100",
        **settings,
    }
    world = World(load_settings(**given), outside, sessions)
    signed_in = complete(world, "fake", "1:7")
    set_up_installation(world, signed_in.installation_id)
    sync_contacts(world, signed_in.installation_id)
    queue.jobs.clear()
    return Town(world, clock, queue, providers, door, timeline, source, voice, signed_in)


@pytest.fixture
def town(sessions: Sessions) -> Town:
    """Dana is the only contact; it is Tuesday 10:00 in New York."""
    return build_town(sessions, [DANA])


def minutes(amount: float) -> dt.timedelta:
    """A length of time."""
    return dt.timedelta(minutes=amount)
