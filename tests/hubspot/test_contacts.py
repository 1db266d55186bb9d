"""A contact in our words and our status in HubSpot's."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import available_timezones

import pytest

from adapters.hubspot.contacts import contact_of, instant, properties_of
from adapters.hubspot.field_map import CONTACT_FIELDS, MODIFIED_AT, NEW_FIELDS, STATUS_FIELDS, read_zone
from adapters.manifest import load_manifest
from adapters.sandbox.hubspot.definitions import zone_value
from connector.domain.channels import Consent
from connector.ports import ContactRecord, ContactStatus

DANA = {
    "id": "904",
    "updatedAt": "2027-03-02T14:50:00.123Z",
    "archived": False,
    "properties": {
        "firstname": " Dana ",
        "lastname": "Reyes",
        "email": "dana@example.com",
        "phone": "(212) 555-0142",
        "mobilephone": None,
        "hubspot_owner_id": "50001",
        "hs_timezone": "america_slash_new_york",
        "lifecyclestage": "lead",
        "hs_analytics_source": "PAID_SEARCH",
        "sixthtouch_topic": "the flat on Elm Street",
        "sixthtouch_consent": "express_written",
        "sixthtouch_consent_evidence": "Form",
        "hs_email_optout": "true",
        "sixthtouch_text_opt_out": "false",
        "lastmodifieddate": "2027-03-02T14:55:00Z",
    },
}


def test_a_contact_is_read_in_our_words() -> None:
    assert contact_of(DANA) == ContactRecord(
        object="contact",
        record_id="904",
        modified_at=dt.datetime(2027, 3, 2, 14, 55, tzinfo=dt.UTC),
        first_name="Dana",
        last_name="Reyes",
        email="dana@example.com",
        phone="(212) 555-0142",
        owner_id="50001",
        time_zone="America/New_York",
        lifecycle="lead",
        source="PAID_SEARCH",
        topic="the flat on Elm Street",
        consent=Consent.EXPRESS_WRITTEN,
        consent_evidence="Form",
        is_email_opted_out=True,
    )


def test_a_contact_without_anything_is_read_too() -> None:
    bare = contact_of({"id": 7, "properties": {"sixthtouch_consent": "??", "hs_timezone": "moon"}})
    assert (bare.record_id, bare.consent, bare.time_zone, bare.email) == ("7", Consent.NONE, "", "")
    assert bare.modified_at.year == 1970


def test_every_zone_of_hubspots_list_is_known() -> None:
    places = {zone for zone in available_timezones() if "/" in zone}
    assert {zone for zone in places if read_zone(zone_value(zone)) != zone} == set()


def test_a_zone_by_its_own_name_is_known() -> None:
    assert read_zone("America/Port-au-Prince") == "America/Port-au-Prince"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1803999000123", dt.datetime(2027, 3, 2, 14, 50, 0, 123_000, tzinfo=dt.UTC)),
        ("2027-03-02T14:50:00", dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC)),
        ("", None),
        ("yesterday", None),
        ("9" * 30, None),
    ],
)
def test_instants_are_read_as_hubspot_writes_them(value: str, expected: dt.datetime | None) -> None:
    assert instant(value) == expected


def test_a_status_leaves_clears_and_sets() -> None:
    status = ContactStatus(
        status="ended",
        outcome="",
        attempts=0,
        last_touch_at=dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC),
        next_touch_at="",
        text_opt_out=True,
        call_opt_out=False,
    )
    assert properties_of(status) == {
        "sixthtouch_status": "ended",
        "sixthtouch_outcome": "",
        "sixthtouch_attempts": "0",
        "sixthtouch_last_touch_at": "2027-03-02T14:50:00.000Z",
        "sixthtouch_next_touch_at": "",
        "sixthtouch_text_opt_out": "true",
        "sixthtouch_call_opt_out": "false",
    }


def test_the_field_map_covers_both_sides() -> None:
    read = {field.name for field in dataclasses.fields(ContactRecord)}
    written = {field.name for field in dataclasses.fields(ContactStatus)}
    assert {f.ours for f in CONTACT_FIELDS} == read - {"object", "record_id", "modified_at", "is_archived"}
    assert {f.ours for f in STATUS_FIELDS} == written


def test_the_manifest_declares_what_the_field_map_uses() -> None:
    declared = load_manifest().hubspot
    names = {spec.name for spec in declared.properties}
    used = {
        f.theirs for f in (*CONTACT_FIELDS, *STATUS_FIELDS, *NEW_FIELDS) if f.theirs.startswith("sixthtouch_")
    }
    heard = {s.property for s in declared.webhooks.subscriptions if s.property}
    assert used == names
    assert heard == {f.theirs for f in CONTACT_FIELDS} - {MODIFIED_AT}
