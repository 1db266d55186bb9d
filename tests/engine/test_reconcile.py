"""What webhooks lost is found: changes by a search, deletions by reading, at few calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from connector.domain.enrollment import Outcome, State
from connector.ports import ContactRecord, DisconnectedError, Fault, RefusedError, TryLaterError, Written
from connector.store.models import Contact, Installation, Reconciliation, StaleRecord
from connector.store.sessions import Sessions
from connector.use_cases.install import complete
from connector.use_cases.reconcile import claim_reconciliations, reconcile
from connector.use_cases.record_events import mark_all_stale
from connector.use_cases.sync import find_stale, read_stale, sync_contacts
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, TUESDAY, lead

FIVE_MINUTES = dt.timedelta(minutes=5)


def round_of(town: Town) -> None:
    """What the clock and the workers do in one round's time."""
    claim_reconciliations(town.world)
    town.clock.at += FIVE_MINUTES
    town.clock.wall_at += FIVE_MINUTES
    town.timeline.searches.clear()
    town.timeline.reads.clear()
    for installation_id in claim_reconciliations(town.world):
        reconcile(town.world, installation_id)
    for installation_id in find_stale(town.world):
        read_stale(town.world, installation_id)


def contacts(town: Town) -> dict[str, Contact]:
    with town.world.sessions.read() as session:
        return {contact.email: contact for contact in session.scalars(select(Contact))}


def change(town: Town, record_id: str = "101", **changes: object) -> None:
    """A person changes a record; no webhook comes."""
    record = town.timeline.contacts[record_id]
    town.timeline.contacts[record_id] = replace(record, modified_at=town.clock.at, **changes)  # type: ignore[arg-type]


def test_when_nothing_changed_a_round_costs_one_search(town: Town) -> None:
    round_of(town)
    round_of(town)
    assert (len(town.timeline.searches), town.timeline.reads) == (1, [])


def test_a_change_whose_webhook_was_lost_is_read_back_once(town: Town) -> None:
    round_of(town)
    change(town, first_name="Dana May")
    round_of(town)
    assert contacts(town)["dana@example.com"].first_name == "Dana May"
    assert (len(town.timeline.searches), town.timeline.reads) == (1, [["101"]])
    round_of(town)
    assert town.timeline.reads == []


def test_an_opt_out_whose_webhook_was_lost_stops_the_next_touch(town: Town) -> None:
    town.enroll()
    change(town, is_call_opted_out=True, is_text_opted_out=True, is_email_opted_out=True)
    round_of(town)
    town.advance()
    assert town.providers.sent == []


def test_a_contact_whose_creation_was_lost_is_taken_over(town: Town) -> None:
    round_of(town)
    town.timeline.contacts["102"] = lead("102", email="omar@example.com", phone="", modified_at=town.clock.at)
    round_of(town)
    assert "omar@example.com" in contacts(town)


def test_what_the_searchs_index_is_late_with_is_found_by_a_later_round(town: Town) -> None:
    round_of(town)
    change(town, first_name="Dana May")
    town.timeline.not_indexed = {"101"}
    round_of(town)
    assert contacts(town)["dana@example.com"].first_name == "Dana"
    town.timeline.not_indexed = set()
    round_of(town)
    assert contacts(town)["dana@example.com"].first_name == "Dana May"


def test_a_search_goes_back_no_further_than_the_round_before_the_last(town: Town) -> None:
    for _ in range(4):
        round_of(town)
    ((since, _),) = town.timeline.searches
    assert since == town.clock.at - 2 * FIVE_MINUTES


def many(number: int) -> list[ContactRecord]:
    return [
        lead(
            str(200 + n),
            email=f"{n}@example.com",
            phone="",
            modified_at=TUESDAY + dt.timedelta(minutes=1 + n // 3),
        )
        for n in range(number)
    ]


def test_more_than_a_page_is_walked_by_stamps_and_within_one_stamp_by_place(town: Town) -> None:
    for record in many(9):
        town.timeline.contacts[record.record_id] = record
    town.clock.at += dt.timedelta(minutes=10)
    round_of(town)
    assert len(contacts(town)) == 10
    assert {after for _, after in town.timeline.searches} == {None, "2"}


def test_a_round_whose_job_was_killed_goes_on_where_it_stood(town: Town) -> None:
    for record in many(9):
        town.timeline.contacts[record.record_id] = record
    claim_reconciliations(town.world)
    town.clock.pass_by(minutes=10)
    (installation_id,) = claim_reconciliations(town.world)
    find, pages = town.timeline.find_changed, []

    def die_later(since: dt.datetime, after: str | None) -> object:
        pages.append(since)
        if len(pages) == 3:
            raise KeyboardInterrupt
        return find(since, after)

    town.timeline.find_changed = die_later  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        reconcile(town.world, installation_id)
    town.clock.wall_at += dt.timedelta(seconds=town.world.settings.lease_seconds)
    assert claim_reconciliations(town.world) == [installation_id]
    reconcile(town.world, installation_id)
    assert pages[3] == pages[2]
    read_stale(town.world, installation_id)
    assert len(contacts(town)) == 10


def test_so_many_changes_at_one_instant_that_no_search_shows_them_are_listed(town: Town) -> None:
    town.timeline.is_cut = True
    round_of(town)
    with town.world.sessions.read() as session:
        assert session.scalars(select(Installation)).one().synced_at is None


def test_a_search_that_must_wait_waits_as_long_as_the_crm_asks(town: Town) -> None:
    claim_reconciliations(town.world)
    town.clock.pass_by(minutes=5)
    town.timeline.error = TryLaterError("Slow down.", retry_after=70)
    for installation_id in claim_reconciliations(town.world):
        reconcile(town.world, installation_id)
    town.clock.wall_at += dt.timedelta(seconds=69)
    assert claim_reconciliations(town.world) == []
    town.clock.wall_at += dt.timedelta(seconds=1)
    assert len(claim_reconciliations(town.world)) == 1


def test_a_disconnected_installation_is_not_searched(town: Town) -> None:
    claim_reconciliations(town.world)
    town.clock.pass_by(minutes=5)
    town.door.refused = DisconnectedError("Removed.", is_revoked=True)
    town.timeline.error = DisconnectedError("Not accepted.")
    for installation_id in claim_reconciliations(town.world):
        reconcile(town.world, installation_id)
    town.clock.pass_by(hours=1)
    assert claim_reconciliations(town.world) == []


# --- deleted -----------------------------------------------------------------------------------


def test_a_deletion_whose_webhook_was_lost_ends_the_follow_up_within_a_round(town: Town) -> None:
    town.enroll()
    round_of(town)
    del town.timeline.contacts["101"]
    round_of(town)
    assert town.enrollments()[0].outcome is Outcome.REMOVED
    assert contacts(town)["dana@example.com"].deleted_at is not None


def test_a_contact_that_was_restored_is_known_as_there_again(town: Town) -> None:
    installation_id = town.signed_in.installation_id
    record = town.timeline.contacts.pop("101")
    for there in ({}, {"101": record}):
        town.timeline.contacts = there
        town.world.sessions.run(lambda session: mark_all_stale(session, installation_id, "contact", ["101"]))
        read_stale(town.world, installation_id)
    assert contacts(town)["dana@example.com"].deleted_at is None
    assert town.enroll().status == "enrolled"


def test_a_write_to_a_record_that_is_gone_has_it_read_back(town: Town) -> None:
    town.enroll()
    town.timeline.status_error = RefusedError("No such record.", fault=Fault.GONE)
    town.timeline.update_contacts = lambda updates: [  # type: ignore[method-assign]
        _gone(update.key) for update in updates
    ]
    del town.timeline.contacts["101"]
    town.write_back()
    for installation_id in find_stale(town.world):
        read_stale(town.world, installation_id)
    assert town.enrollments()[0].outcome is Outcome.REMOVED


def _gone(key: str) -> Written:
    return Written(key, error=RefusedError("No such record.", fault=Fault.GONE))


def test_one_record_that_cannot_be_read_fails_none_of_its_batch(sessions: Sessions) -> None:
    leads = [lead(str(n), email=f"{n}@example.com", phone="") for n in (1, 2, 3)]
    town = build_town(sessions, leads)
    town.clock.pass_by(minutes=1)
    for n in (1, 2, 3):
        change(town, str(n), first_name="New")
    town.timeline.unreadable = {"1": TryLaterError("Busy."), "2": RefusedError("Bad record.")}
    round_of(town)
    assert {each.email: each.first_name for each in contacts(town).values()} == {
        "1@example.com": "Dana",
        "2@example.com": "Dana",
        "3@example.com": "New",
    }
    with town.world.sessions.read() as session:
        assert list(session.scalars(select(StaleRecord.record_id))) == ["1"]
    town.timeline.unreadable = {}
    town.clock.wall_at += dt.timedelta(minutes=1)
    for installation_id in find_stale(town.world):
        read_stale(town.world, installation_id)
    assert contacts(town)["1@example.com"].first_name == "New"


# --- installed again -----------------------------------------------------------------------------


def reconnect(town: Town) -> None:
    town.world.sessions.run(
        lambda session: session.execute(update(Installation).values(state="disconnected"))
    )
    town.clock.pass_by(hours=1)
    complete(town.world, "fake", "1:7")


def finish_sync(town: Town) -> None:
    for _ in range(10):
        sync_contacts(town.world, town.signed_in.installation_id)


def test_after_installing_again_nobody_is_contacted_before_what_changed_meanwhile_is_read(
    sessions: Sessions,
) -> None:
    leads = [lead(str(n), email=f"{n}@example.com", phone=f"+1212555014{n}") for n in (1, 2, 3, 4)]
    town = build_town(sessions, leads)
    for n in (1, 2, 3, 4):
        town.enroll(str(n))
    change(town, "1", is_call_opted_out=True, is_text_opted_out=True, is_email_opted_out=True)
    del town.timeline.contacts["2"], town.timeline.contacts["3"]
    town.timeline.bin = ["900", "2", "3"]
    reconnect(town)
    town.advance()
    assert town.providers.sent == []
    finish_sync(town)
    town.advance()
    assert [message.to for message in town.providers.sent] == ["+12125550144"]
    ended = {each.record_id for each in town.enrollments() if each.state is State.ENDED}
    assert {"2", "3"} <= ended


def test_the_first_sync_does_not_list_the_recycle_bin(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA])
    town.timeline.bin = ["101"]
    with town.world.sessions.write() as session:
        row = session.scalars(select(Installation)).one()
        row.synced_at = row.sync_after = None
    finish_sync(town)
    assert contacts(town)["dana@example.com"].deleted_at is None


def test_a_new_installation_is_searched_from_its_beginning(town: Town) -> None:
    claim_reconciliations(town.world)
    reconnect(town)
    with town.world.sessions.read() as session:
        assert list(session.scalars(select(Reconciliation))) == []
