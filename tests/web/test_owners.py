"""An admin says where an owner is rung, and calls are put through there."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from connector.ports import CallReceived
from connector.store.models import Installation, Owner
from connector.use_cases.inbound_calls import take_call
from connector.use_cases.sync import sync_contacts
from tests.web.neighborhood import ALICE, BOB, CHARLIE, PUBLIC, Neighborhood, csrf_token
from tests.web.test_people import get, post

OWNERS = "/settings/owners"
MOBILE = "+12125550177"


def bob_stone(hood: Neighborhood) -> Owner:
    """Who owns Dana's record."""
    with hood.world.sessions.read() as session:
        query = select(Owner).where(Owner.account_id == hood.alice.account_id, Owner.owner_id == "51")
        return session.scalars(query).one()


def save(hood: Neighborhood, typed: str) -> str:
    page = post(hood.browser(ALICE), OWNERS, f"{OWNERS}/{bob_stone(hood).id}", phone=typed)
    return page.headers.get("Location", "") or page.text


def test_a_lead_who_calls_is_put_through_to_the_number_that_an_admin_gave(hood: Neighborhood) -> None:
    hood.enroll()
    where = save(hood, "(212) 555-0177")
    assert "Saved: calls ring +12125550177." in get(hood.browser(ALICE), where).text
    call = CallReceived("CA9", "+12125550142", "+12025550100")
    with hood.world.sessions.write() as session:
        said = take_call(hood.world, session, call, "twilio")
    assert said.dial == MOBILE


def test_no_number_is_none_again_and_another_sync_keeps_the_one_given(hood: Neighborhood) -> None:
    save(hood, MOBILE)
    with hood.world.sessions.write() as session:
        session.execute(update(Installation).values(synced_at=None, sync_after=None))
    sync_contacts(hood.world, bob_stone(hood).installation_id)
    assert bob_stone(hood).phone == MOBILE
    save(hood, " ")
    assert bob_stone(hood).phone == ""


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("call me", "This is no telephone number. Write it with its country"),
        ("123", "This is no telephone number"),
        ("+12025550100", "It would ring itself"),
        ("9" * 400, "This is no telephone number"),
    ],
)
def test_what_cannot_be_rung_is_refused_with_a_sentence_and_shown_again(
    hood: Neighborhood, typed: str, why: str
) -> None:
    save(hood, MOBILE)
    page = save(hood, typed)
    assert why in page
    assert f'value="{typed[:40]}"' in page
    assert bob_stone(hood).phone == MOBILE


def test_reps_and_other_accounts_change_nothing(hood: Neighborhood) -> None:
    path = f"{OWNERS}/{bob_stone(hood).id}"
    form = {"phone": MOBILE, "csrf_token": csrf_token(get(hood.browser(ALICE), OWNERS).text)}
    assert hood.browser(BOB).get(OWNERS, base_url=PUBLIC).status_code == 403
    hood.app.config["WTF_CSRF_ENABLED"] = False
    assert hood.browser(BOB).post(path, data=form, base_url=PUBLIC).status_code == 403
    assert hood.browser(CHARLIE).post(path, data=form, base_url=PUBLIC).status_code == 404
    assert "Bob Stone" not in get(hood.browser(CHARLIE), OWNERS).text
    assert bob_stone(hood).phone == ""
