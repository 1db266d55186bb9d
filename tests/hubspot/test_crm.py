"""Contacts, owners, statuses and the timeline over the real wire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from adapters.manifest import load_manifest
from connector.domain.channels import Consent
from connector.domain.touch import Result
from connector.ports import (
    ActivityKind,
    ContactsRead,
    ContactStatus,
    ContactUpdate,
    Crm,
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    RefusedError,
    TryLaterError,
    Written,
)
from tests.hubspot.loopback import Portal, Wire, activity

NOTES = ActivityKind.NOTE


def batch(*results: dict[str, Any], errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    stamp = "2027-03-02T14:50:00Z"
    answer = {"status": "COMPLETE", "results": list(results), "startedAt": stamp, "completedAt": stamp}
    return answer | ({"errors": errors, "numErrors": len(errors)} if errors else {})


def note(object_id: str, key: str) -> dict[str, Any]:
    return {"id": object_id, "properties": {"hs_note_body": f"Hi<br><br>[sixthtouch:{key}]"}}


def error_of(written: Written) -> RefusedError:
    assert isinstance(written.error, RefusedError)
    return written.error


# --- contacts -------------------------------------------------------------------------------


def test_contacts_come_by_pages(portal: Portal) -> None:
    crm = portal.install()
    ids = {portal.create_contact(email=f"lead{n}@example.com") for n in range(101)}
    first = crm.list_contacts(None)
    assert (len(first.records), first.after is None) == (100, False)
    second = crm.list_contacts(first.after)
    assert second.after is None
    assert ids == {record.record_id for record in (*first.records, *second.records)}


def test_contacts_are_read_by_id_without_those_that_are_gone(portal: Portal) -> None:
    crm = portal.install()
    there = portal.create_contact(firstname="Dana", hs_timezone="america_slash_new_york")
    gone = portal.create_contact(email="gone@example.com")
    portal.delete_contact(gone)
    read = crm.read_contacts([there, gone, "999999", there])
    (dana,) = read.records
    assert (dana.record_id, dana.first_name, dana.time_zone) == (there, "Dana", "America/New_York")
    assert read.gone == frozenset({gone, "999999"})
    assert not read.failed
    assert crm.read_contacts([]) == ContactsRead([])


def test_a_read_in_more_than_one_batch(portal: Portal) -> None:
    crm = portal.install()
    ids = [portal.create_contact(email=f"lead{n}@example.com") for n in range(101)]
    assert {record.record_id for record in crm.read_contacts(ids).records} == set(ids)


@pytest.mark.parametrize("body", [b"{", b"[]", {}, {"results": None}])
def test_an_answer_that_cannot_be_read_does_not_look_like_an_empty_crm(
    crm: Crm, wire: Wire, body: object
) -> None:
    for ask in (lambda: crm.list_contacts(None), lambda: crm.read_contacts(["1"]), crm.list_owners):
        wire.answer(200, body)
        with pytest.raises(TryLaterError):
            ask()


def test_a_contact_that_could_not_be_read_does_not_look_deleted(crm: Crm, wire: Wire) -> None:
    wire.answer(
        207, batch(errors=[{"category": "RATE_LIMITS", "message": "slow down", "context": {"ids": ["1"]}}])
    )
    read = crm.read_contacts(["1"])
    assert (read.records, read.gone) == ([], frozenset())
    assert isinstance(read.failed["1"], TryLaterError)


def test_owners_come_by_pages(crm: Crm, wire: Wire) -> None:
    wire.answer(200, {"results": [{"id": "1", "userId": 9, "firstName": "Bob", "lastName": "Baker"}],
                      "paging": {"next": {"after": "a"}}})  # fmt: skip
    wire.answer(200, {"results": [{"id": "2", "email": "q@example.com"}]})
    bob, queue = crm.list_owners()
    assert (bob.owner_id, bob.user_id, bob.name) == ("1", "9", "Bob Baker")
    assert (queue.owner_id, queue.email, queue.name) == ("2", "q@example.com", "")
    assert [path for _, path, _ in wire.requests] == [
        "/crm/owners/2026-03?limit=100",
        "/crm/owners/2026-03?after=a&limit=100",
    ]


def test_the_portals_facts(portal: Portal) -> None:
    details = portal.install().details()
    assert details.external_account == portal.portal_id
    assert details.time_zone
    assert details.ui_domain


# --- statuses -------------------------------------------------------------------------------


def test_a_status_stands_on_the_record(portal: Portal) -> None:
    crm = portal.install()
    record_id = portal.create_contact()
    status = ContactStatus(
        status="active",
        sequence="High intent, version 1",
        step="Text 1",
        attempts=2,
        next_touch_at=dt.datetime(2027, 3, 2, 15, tzinfo=dt.UTC),
        consent="express",
        text_opt_out=True,
    )
    (written,) = crm.update_contacts([ContactUpdate("k", record_id, status)])
    assert (written.key, written.crm_id, written.error) == ("k", record_id, None)
    kept = portal.properties_of(record_id)
    assert kept["sixthtouch_status"] == "active"
    assert kept["sixthtouch_attempts"] == "2"
    assert kept["sixthtouch_next_touch_at"].startswith("2027-03-02T15:00:00")
    (dana,) = crm.read_contacts([record_id]).records
    assert (dana.consent, dana.is_text_opted_out) == (Consent.EXPRESS, True)
    crm.update_contacts([ContactUpdate("k", record_id, ContactStatus(status="ended", next_touch_at=""))])
    assert not portal.properties_of(record_id).get("sixthtouch_next_touch_at")
    assert portal.properties_of(record_id)["sixthtouch_step"] == "Text 1"


def test_one_bad_record_does_not_hold_up_the_others(portal: Portal) -> None:
    crm = portal.install()
    good, gone = portal.create_contact(), portal.create_contact(email="gone@example.com")
    portal.delete_contact(gone)
    updates = [
        ContactUpdate("a", gone, ContactStatus(status="active")),
        ContactUpdate("b", good, ContactStatus(status="active")),
        ContactUpdate("c", good, ContactStatus(status="paused", step="")),
        ContactUpdate("d", "999999", ContactStatus(status="no such status")),
        ContactUpdate("e", "999998", ContactStatus()),
    ]
    a, b, c, d, e = crm.update_contacts(updates)
    assert error_of(a).fault is Fault.GONE
    assert error_of(d).fault is Fault.GONE
    assert [item.key for item in (a, b, c, d, e)] == ["a", "b", "c", "d", "e"]
    assert (b.error, c.error, e.error) == (None, None, None)
    assert portal.properties_of(good)["sixthtouch_status"] == "paused"
    assert crm.update_contacts([]) == []


def test_a_batch_refused_for_one_is_tried_by_halves(crm: Crm, wire: Wire) -> None:
    wire.answer(400, {"message": "Property values were not valid", "category": "VALIDATION_ERROR"})
    wire.answer(200, batch({"id": "1"}))
    wire.answer(400, {"message": "Property values were not valid", "category": "VALIDATION_ERROR"})
    first, second = crm.update_contacts(
        [ContactUpdate(str(n), str(n), ContactStatus(status="active")) for n in (1, 2)]
    )
    assert first.error is None
    assert error_of(second).fault is Fault.RECORD


def test_a_property_that_is_gone_is_not_looked_for_by_halves(crm: Crm, wire: Wire) -> None:
    wire.answer(400, {"message": 'Property values were not valid: [{"error":"PROPERTY_DOESNT_EXIST"}]'})
    updates = [ContactUpdate(str(n), str(n), ContactStatus(status="active")) for n in range(8)]
    assert all(item.error for item in crm.update_contacts(updates))
    assert len(wire.requests) == 1


def test_a_merged_contact_answers_under_its_new_id(crm: Crm, wire: Wire) -> None:
    wire.answer(200, batch({"id": "77"}))
    (written,) = crm.update_contacts([ContactUpdate("k", "1", ContactStatus(status="active"))])
    assert written.error is None


def test_a_status_without_an_answer_is_written_again(crm: Crm, wire: Wire) -> None:
    wire.drop()
    with pytest.raises(TryLaterError):
        crm.update_contacts([ContactUpdate("k", "1", ContactStatus(status="active"))])


# --- the timeline ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(ActivityKind))
def test_every_kind_is_created_found_and_updated(portal: Portal, kind: ActivityKind) -> None:
    crm = portal.install()
    record_id = portal.create_contact()
    wanted = [
        activity(key=f"touch:t_{n}:1", record_id=record_id, subject=f"No {n}", owner_id="50001",
                 from_address="+12025550142", to_address="+12125550142", result=Result.SENT)
        for n in range(3)
    ]  # fmt: skip
    written = crm.create_activities(kind, wanted)
    assert [item.key for item in written] == [one.key for one in wanted]
    assert all(item.error is None for item in written)
    missing = activity(key="touch:t_9:1", record_id=record_id)
    assert crm.find_activities(kind, [*wanted, missing]) == {item.key: item.crm_id for item in written}
    changed = activity(key="touch:t_0:1", record_id=record_id, body="Changed", result=Result.BUSY)
    crm.update_activity(kind, written[0].crm_id, changed)
    bodies = [line for line in portal.bodies_of(kind) if "Changed" in line]
    assert bodies
    assert all("[sixthtouch:touch:t_0:1]" in line for line in bodies)


def test_results_are_matched_whatever_their_order(crm: Crm, wire: Wire) -> None:
    wire.answer(201, batch(note("12", "k:2"), note("11", "k:1")))
    first, second = crm.create_activities(NOTES, [activity(key="k:1"), activity(key="k:2")])
    assert (first.crm_id, second.crm_id) == ("11", "12")
    _, path, body = wire.requests[0]
    assert path == "/crm/objects/2026-03/notes/batch/create"
    assert [one["objectWriteTraceId"] for one in body["inputs"]] == ["k:1", "k:2"]
    assert body["inputs"][0]["associations"] == [
        {
            "to": {"id": "101"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}],
        }
    ]


def test_a_batch_done_in_part_has_a_result_for_each(crm: Crm, wire: Wire) -> None:
    refused = {"category": "VALIDATION_ERROR", "message": "no", "context": {"objectWriteTraceId": ["k:2"]}}
    wire.answer(207, batch(note("11", "k:1"), errors=[refused]))
    first, second, third = crm.create_activities(NOTES, [activity(key=f"k:{n}") for n in (1, 2, 3)])
    assert first.crm_id == "11"
    assert error_of(second).fault is Fault.RECORD
    assert isinstance(third.error, OutcomeUnknownError)


def test_an_error_that_names_nobody_is_the_one_left_over(crm: Crm, wire: Wire) -> None:
    wire.answer(207, batch(note("11", "k:1"), errors=[{"category": "VALIDATION_ERROR", "message": "no"}]))
    first, second = crm.create_activities(NOTES, [activity(key="k:1"), activity(key="k:2")])
    assert first.error is None
    assert error_of(second).fault is Fault.RECORD


def answer_500(wire: Wire) -> None:
    wire.answer(500, {"message": "internal error"})


def answer_garbage(wire: Wire) -> None:
    wire.answer(201, b"<html>")


def answer_without_results(wire: Wire) -> None:
    wire.answer(201, {})


def answer_nothing(wire: Wire) -> None:
    wire.drop()


@pytest.mark.parametrize("fail", [answer_500, answer_garbage, answer_without_results, answer_nothing])
def test_a_create_without_an_answer_is_never_repeated(
    crm: Crm, wire: Wire, fail: Callable[[Wire], None]
) -> None:
    fail(wire)
    with pytest.raises(OutcomeUnknownError):
        crm.create_activities(NOTES, [activity(), activity(key="k:2")])
    assert len(wire.requests) == 1


def test_a_create_that_was_turned_away_may_be_repeated(crm: Crm, wire: Wire) -> None:
    wire.answer(429, {"policyName": "TEN_SECONDLY_ROLLING"})
    with pytest.raises(TryLaterError):
        crm.create_activities(NOTES, [activity()])
    wire.answer(401, {"category": "EXPIRED_AUTHENTICATION"})
    with pytest.raises(DisconnectedError):
        crm.create_activities(NOTES, [activity()])


def test_after_a_half_that_went_the_other_halfs_trouble_is_its_own(crm: Crm, wire: Wire) -> None:
    wire.answer(400, {"message": "no"})
    wire.answer(201, batch(note("11", "k:1")))
    wire.drop()
    first, second = crm.create_activities(NOTES, [activity(key="k:1"), activity(key="k:2")])
    assert first.crm_id == "11"
    assert isinstance(second.error, OutcomeUnknownError)


def test_what_was_accepted_without_an_answer_is_found_on_the_record(portal: Portal) -> None:
    crm = portal.install()
    record_id = portal.create_contact()
    wanted = [activity(key=f"k:{n}", record_id=record_id) for n in range(120)]
    portal.fault("accept_then_drop", "/crm/objects/2026-03/notes/batch/create")
    with pytest.raises(OutcomeUnknownError):
        crm.create_activities(NOTES, wanted[:100])
    assert set(crm.find_activities(NOTES, wanted)) == {one.key for one in wanted[:100]}


def test_an_owner_who_left_does_not_cost_the_activity(portal: Portal) -> None:
    crm = portal.install()
    record_id = portal.create_contact()
    left = activity(key="k:1", record_id=record_id, owner_id="1")
    stays = activity(key="k:2", record_id=record_id, owner_id="50002")
    written = crm.create_activities(NOTES, [left, stays])
    assert [item.error for item in written] == [None, None]
    assert set(crm.find_activities(NOTES, [left, stays])) == {"k:1", "k:2"}


def test_an_activity_of_a_contact_that_is_gone_is_refused(portal: Portal) -> None:
    crm = portal.install()
    here = portal.create_contact()
    first, second = crm.create_activities(
        NOTES, [activity(key="k:1", record_id="999999"), activity(key="k:2", record_id=here)]
    )
    assert isinstance(first.error, RefusedError)
    assert second.error is None
    assert crm.find_activities(NOTES, [activity(record_id="999999")]) == {}


def test_the_timeline_of_a_busy_contact_is_read_page_by_page(crm: Crm, wire: Wire) -> None:
    to = [{"toObjectId": "5", "associationTypes": []}]
    page = {"from": {"id": "101"}, "to": to, "paging": {"next": {"after": "5"}}}
    wire.answer(200, batch(page))
    wire.answer(200, batch({"from": {"id": "101"}, "to": [{"toObjectId": "6", "associationTypes": []}]}))
    wire.answer(200, batch(note("6", "k:1"), note("5", "k:0")))
    assert crm.find_activities(NOTES, [activity(key="k:1")]) == {"k:1": "6"}
    assert [path for _, path, _ in wire.requests] == [
        "/crm/associations/2026-03/contacts/notes/batch/read",
        "/crm/associations/2026-03/contacts/notes/batch/read",
        "/crm/objects/2026-03/notes/batch/read",
    ]
    assert wire.requests[1][2] == {"inputs": [{"id": "101", "after": "5"}]}
    assert wire.requests[2][2]["inputs"] == [{"id": "6"}, {"id": "5"}]


# --- provisioning ---------------------------------------------------------------------------


def test_properties_are_provisioned_once(portal: Portal) -> None:
    crm = portal.install()
    before = portal.definitions()
    crm.ensure_properties()
    assert portal.definitions() == before
    assert {spec.name for spec in load_manifest().hubspot.properties} <= set(before)


def test_a_property_that_a_person_deleted_comes_back(portal: Portal) -> None:
    crm = portal.install()
    portal.delete_property("sixthtouch_status")
    crm.ensure_properties()
    assert "sixthtouch_status" in portal.definitions()


def test_an_option_that_is_missing_is_added_and_others_are_kept(portal: Portal) -> None:
    crm = portal.install()
    portal.change_property("sixthtouch_status", options=[option("active"), option("ours"), option("paused")])
    crm.ensure_properties()
    values = [found["value"] for found in portal.definitions()["sixthtouch_status"]["options"]]
    assert values == ["active", "ours", "paused", "ended"]


def test_a_property_of_another_type_is_named(portal: Portal) -> None:
    crm = portal.install()
    portal.delete_property("sixthtouch_step")
    portal.change_property("sixthtouch_attempts", type="string", fieldType="text")
    with pytest.raises(RefusedError, match="sixthtouch_attempts"):
        crm.ensure_properties()


def option(value: str) -> dict[str, Any]:
    return {"value": value, "label": value, "displayOrder": 0, "hidden": False}


# --- clients --------------------------------------------------------------------------------


def test_the_client_of_a_token_is_made_once(portal: Portal) -> None:
    crms = portal.hubspot.crms
    assert crms("a", "1") is crms("a", "1")
    assert crms("b", "1") is not crms("a", "1")
    kept = crms("a", "1")
    for number in range(64):
        crms(f"token-{number}", "1")
    assert crms("a", "1") is not kept
