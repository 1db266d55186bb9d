from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine, event, select

from connector.ports import ContactPage, RecordChanged, TryLaterError
from connector.store.models import Contact, Installation, StaleRecord
from connector.store.sessions import Sessions
from connector.use_cases.record_events import mark_stale
from connector.use_cases.sync import _store_read, read_stale, sync_contacts
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead
from tests.engine.timeline import Timeline


def note_change(town: Town, record_id: str) -> None:
    """The CRM says that a record changed."""
    changed = RecordChanged("1", "contact", record_id)
    town.world.sessions.run(lambda session: mark_stale(session, "fake", changed))


def contacts(town: Town) -> list[Contact]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(Contact).order_by(Contact.id)))


def start_anew(town: Town) -> None:
    def forget(session: object) -> None:
        row = session.scalars(select(Installation)).one()  # type: ignore[attr-defined]
        row.synced_at = row.sync_after = None

    town.world.sessions.run(forget)


@dataclass
class Pages(Timeline):
    """A CRM that hands its contacts out one a page; `meanwhile` runs once during a read."""

    meanwhile: list[object] = field(default_factory=list)

    def list_contacts(self, after: str | None) -> ContactPage:
        if self.meanwhile:
            self.meanwhile.pop()()  # type: ignore[operator]
        ids = sorted(self.contacts)
        place = ids.index(after) if after else 0
        following = ids[place + 1] if place + 1 < len(ids) else None
        return ContactPage([self.contacts[ids[place]]], following)


def paged_town(sessions: Sessions) -> tuple[Town, Pages]:
    town = build_town(sessions, [])
    pages = Pages({str(n): lead(str(n), email=f"{n}@example.com", phone="") for n in range(1, 5)})
    town.world.outside.crms["fake"] = lambda access_token, external_account: pages  # type: ignore[index]
    start_anew(town)
    return town, pages


def test_a_second_job_at_the_same_page_adds_no_second_chain_and_no_second_contact(sessions: Sessions) -> None:
    town, pages = paged_town(sessions)
    installation_id = town.signed_in.installation_id
    pages.meanwhile = [lambda: sync_contacts(town.world, installation_id)]
    sync_contacts(town.world, installation_id)
    assert town.queue.jobs == [("sync_contacts", (installation_id,))]
    while town.queue.jobs:
        town.queue.jobs.pop()
        sync_contacts(town.world, installation_id)
    assert [contact.email for contact in contacts(town)] == [f"{n}@example.com" for n in range(1, 5)]


def test_a_job_that_comes_late_does_not_begin_the_sync_again(sessions: Sessions) -> None:
    town, pages = paged_town(sessions)
    installation_id = town.signed_in.installation_id

    def finish() -> None:
        for _ in range(4):
            sync_contacts(town.world, installation_id)

    pages.meanwhile = [finish]
    sync_contacts(town.world, installation_id)
    with town.world.sessions.read() as session:
        assert session.scalars(select(Installation)).one().synced_at is not None


def test_of_two_states_of_a_record_in_one_batch_the_newer_stays(town: Town) -> None:
    newer = replace(DANA, first_name="Dana May", modified_at=DANA.modified_at + dt.timedelta(minutes=2))
    older = replace(DANA, first_name="Danny", modified_at=DANA.modified_at + dt.timedelta(minutes=1))
    town.world.sessions.run(
        lambda session: _store_read(town.world, session, town.signed_in.installation_id, [], [newer, older])
    )
    assert [contact.first_name for contact in contacts(town)] == ["Dana May"]


def test_a_change_during_the_read_is_read_again(town: Town) -> None:
    note_change(town, "101")
    note_change(town, "101")
    town.world.sessions.run(
        lambda session: _store_read(town.world, session, town.signed_in.installation_id, [("101", 1)], [DANA])
    )
    with town.world.sessions.read() as session:
        (left,) = session.scalars(select(StaleRecord))
    assert (left.changes, left.retry_at) == (2, None)
    read_stale(town.world, town.signed_in.installation_id)
    with town.world.sessions.read() as session:
        assert list(session.scalars(select(StaleRecord))) == []


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_hundred_changed_records_cost_no_more_queries_than_ten(engine: Engine) -> None:
    town = build_town(Sessions(engine), [])
    installation_id = town.signed_in.installation_id
    costs = []
    for size in (10, 100):
        for name in ("Dana", "Danny"):
            records = [
                lead(f"{size}-{n}", email=f"{size}-{n}@example.com", first_name=name) for n in range(size)
            ]
            with statements(engine) as asked:
                town.world.sessions.run(
                    lambda session, records=records: _store_read(  # type: ignore[misc]
                        town.world, session, installation_id, [], records
                    )
                )
        costs.append(len(asked))
    assert costs[0] == costs[1]
    assert {contact.first_name for contact in contacts(town)} == {"Danny"}


def test_a_read_that_the_crm_does_not_answer_is_tried_again_later_each_time(town: Town) -> None:
    installation_id = town.signed_in.installation_id
    note_change(town, "101")
    waits = []
    for _ in range(3):
        town.timeline.error = TryLaterError("HubSpot did not answer.")
        read_stale(town.world, installation_id)
        with town.world.sessions.read() as session:
            (left,) = session.scalars(select(StaleRecord))
        assert left.retry_at is not None
        waits.append((left.retry_at - town.clock.wall()).total_seconds())
        town.clock.wall_at = left.retry_at
    assert waits == [2, 4, 8]
    town.timeline.error = None
    read_stale(town.world, installation_id)
    with town.world.sessions.read() as session:
        assert list(session.scalars(select(StaleRecord))) == []
