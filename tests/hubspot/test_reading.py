"""Contacts read by id, changed since an instant, and in the recycle bin; leaving the portal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from adapters.hubspot import HubSpot
from connector.ports import Crm, DisconnectedError, RefusedError, TryLaterError
from tests.hubspot.loopback import Portal, Wire
from tests.hubspot.test_crm import batch

NOW = dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC)
SEARCH = "/crm/objects/2026-03/contacts/search"
READ = "/crm/objects/2026-03/contacts/batch/read"


def contact(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "properties": {"lastmodifieddate": "2027-03-02T14:50:00Z"}}


def gone(*record_ids: str) -> dict[str, Any]:
    return {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": list(record_ids)}}


def test_a_deleted_contact_is_gone_and_one_that_never_was_too(portal: Portal) -> None:
    crm = portal.install()
    there, deleted = portal.create_contact(), portal.create_contact(email="gone@example.com")
    portal.delete_contact(deleted)
    read = crm.read_contacts([there, deleted, "999999"])
    assert [record.record_id for record in read.records] == [there]
    assert read.gone == frozenset({deleted, "999999"})


def test_one_record_that_hubspot_cannot_show_fails_none_of_its_batch(crm: Crm, wire: Wire) -> None:
    busy = {"category": "RATE_LIMITS", "message": "slow down", "context": {"ids": ["2"]}}
    wire.answer(207, batch(contact("1"), errors=[busy, gone("3")]))
    wire.answer(207, batch(errors=[gone("3")]))
    read = crm.read_contacts(["1", "2", "3"])
    assert [record.record_id for record in read.records] == ["1"]
    assert isinstance(read.failed["2"], TryLaterError)
    assert read.gone == frozenset({"3"})
    assert wire.requests[1][1] == f"{READ}?archived=true"
    assert wire.requests[1][2]["inputs"] == [{"id": "3"}]


def test_a_batch_refused_for_ones_sake_is_read_without_it(crm: Crm, wire: Wire) -> None:
    refusal = {"message": "1x is not a valid id", "category": "VALIDATION_ERROR"}
    wire.answer(400, refusal)
    wire.answer(200, batch(contact("1")))
    wire.answer(400, refusal)
    read = crm.read_contacts(["1", "1x"])
    assert [record.record_id for record in read.records] == ["1"]
    assert isinstance(read.failed["1x"], RefusedError)
    assert not read.gone


def test_a_refusal_about_all_is_about_all(crm: Crm, wire: Wire) -> None:
    wire.answer(400, {"message": "PROPERTY_DOESNT_EXIST", "category": "VALIDATION_ERROR"})
    with pytest.raises(RefusedError):
        crm.read_contacts(["1", "2"])
    assert len(wire.requests) == 1


def test_a_merged_contact_that_answers_under_another_id_is_not_gone(crm: Crm, wire: Wire) -> None:
    wire.answer(207, batch(contact("7"), errors=[gone("2")]))
    read = crm.read_contacts(["1", "2"])
    assert ([record.record_id for record in read.records], read.gone) == (["7"], frozenset())
    assert len(wire.requests) == 1


def test_an_error_that_names_nobody_makes_nobody_gone(crm: Crm, wire: Wire) -> None:
    wire.answer(207, batch(errors=[{"category": "RATE_LIMITS", "message": "slow down"}]))
    read = crm.read_contacts(["1", "2"])
    assert set(read.failed) == {"1", "2"}
    assert not read.gone


def test_changed_contacts_are_found_by_the_time_of_their_change(portal: Portal) -> None:
    crm = portal.install()
    first, second = portal.create_contact(), portal.create_contact(email="omar@example.com")
    page = crm.find_changed(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None)
    assert [record_id for record_id, _ in page.stamps] == [first, second]
    assert page.after is None
    latest = page.stamps[-1][1]
    assert crm.find_changed(latest + dt.timedelta(seconds=1), None).stamps == []
    assert second in [record_id for record_id, _ in crm.find_changed(latest, None).stamps]


def test_a_search_asks_as_the_specification_says(crm: Crm, wire: Wire) -> None:
    wire.answer(200, {"total": 300, "results": [contact("1")], "paging": {"next": {"after": "200"}}})
    page = crm.find_changed(NOW, "0")
    assert (page.stamps, page.after) == ([("1", NOW)], "200")
    ((method, path, body),) = wire.requests
    assert (method, path) == ("POST", SEARCH)
    changed = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "2027-03-02T14:50:00.000Z"}
    assert body == {
        "filterGroups": [{"filters": [changed]}],
        "sorts": ["lastmodifieddate"],
        "properties": ["lastmodifieddate"],
        "limit": 200,
        "after": "0",
    }


def test_beyond_ten_thousand_of_one_instant_no_search_is_asked(crm: Crm, wire: Wire) -> None:
    page = crm.find_changed(NOW, "9900")
    assert (page.stamps, page.is_cut) == ([], True)
    assert wire.requests == []


def test_the_recycle_bin_comes_by_pages(portal: Portal) -> None:
    crm = portal.install()
    deleted = {portal.create_contact(email=f"lead{n}@example.com") for n in range(101)}
    for record_id in deleted:
        portal.delete_contact(record_id)
    portal.create_contact(email="there@example.com")
    first = crm.list_deleted(None)
    second = crm.list_deleted(first.after)
    assert (len(first.ids), second.after) == (100, None)
    assert {*first.ids, *second.ids} == deleted


def test_after_uninstalling_no_token_works_and_no_webhook_comes(portal: Portal) -> None:
    crm = portal.install()
    assert portal.grant is not None
    crm.uninstall()
    portal.hubspot.door.revoke(portal.grant.tokens.refresh)
    with pytest.raises(DisconnectedError):
        crm.details()
    with pytest.raises(DisconnectedError) as raised:
        portal.hubspot.door.refresh(portal.grant.tokens.refresh)
    assert raised.value.is_revoked


def test_a_grant_is_revoked_by_its_refresh_token(hubspot: HubSpot, wire: Wire) -> None:
    wire.answer(200, b"")
    hubspot.door.revoke("the-refresh-token")
    ((method, path, form),) = wire.requests
    assert (method, path) == ("POST", "/oauth/2026-03/token/revoke")
    assert form["token"] == ["the-refresh-token"]
    assert form["token_type_hint"] == ["refresh_token"]
