"""Contacts that we create in HubSpot, and how one whose answer was lost is found again."""

from __future__ import annotations

import pytest

from connector.domain.channels import Consent
from connector.ports import Crm, NewContact, OutcomeUnknownError, RefusedError, TryLaterError
from tests.hubspot.loopback import Portal, Wire

ERINS = "+13125550111"
ERIN = NewContact(
    ERINS,
    "Text with the keyword HOME",
    Consent.EXPRESS,
    "texted HOME to +12025550142 on 2027-03-02 15:00 UTC",
)


def test_a_contact_is_created_with_its_number_its_source_and_its_consent(portal: Portal) -> None:
    crm = portal.install()
    record_id = crm.create_contact(ERIN)
    (record,) = crm.read_contacts([record_id]).records
    assert (record.phone, record.consent, record.consent_evidence) == (
        ERINS,
        Consent.EXPRESS,
        ERIN.consent_evidence,
    )
    assert portal.properties_of(record_id)["sixthtouch_source"] == ERIN.source


@pytest.mark.parametrize("name", ["phone", "mobilephone"])
def test_a_contact_is_found_by_its_number(portal: Portal, name: str) -> None:
    crm = portal.install()
    record_id = portal.create_contact(**{name: ERINS})
    assert [record.record_id for record in crm.find_contacts(ERINS)] == [record_id]
    portal.delete_contact(record_id)
    assert crm.find_contacts(ERINS) == []


@pytest.mark.parametrize("kind", ["accept_then_drop", "500_executed", "timeout"])
def test_a_contact_whose_answer_was_lost_may_be_there(portal: Portal, kind: str) -> None:
    crm = portal.install()
    portal.fault(kind, "*/contacts")
    with pytest.raises(OutcomeUnknownError):
        crm.create_contact(ERIN)
    assert len(crm.find_contacts(ERINS)) == (0 if kind == "timeout" else 1)


def test_the_search_may_lag_behind_and_the_record_itself_does_not(portal: Portal) -> None:
    crm = portal.install()
    portal.fault("search_lag", "*/contacts/search", count=None, seconds=600)
    record_id = crm.create_contact(ERIN)
    assert crm.find_contacts(ERINS) == []
    assert [record.phone for record in crm.read_contacts([record_id]).records] == [ERINS]


def test_an_answer_that_names_no_contact_is_none(crm: Crm, wire: Wire) -> None:
    wire.answer(201, {"properties": {}})
    with pytest.raises(OutcomeUnknownError):
        crm.create_contact(ERIN)


def test_a_contact_that_was_certainly_not_created_is_tried_later_or_refused(crm: Crm, wire: Wire) -> None:
    wire.answer(429, {"status": "error", "errorType": "RATE_LIMIT", "message": "too many"})
    with pytest.raises(TryLaterError):
        crm.create_contact(ERIN)
    wire.answer(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "no such phone"})
    with pytest.raises(RefusedError):
        crm.create_contact(ERIN)


def test_a_search_without_an_answer_finds_nobody_and_says_so(crm: Crm, wire: Wire) -> None:
    wire.drop()
    with pytest.raises(TryLaterError):
        crm.find_contacts(ERINS)
