from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from connector.store.models import Invitation, Role, User
from connector.store.reads.pages_people import read_open_invitations, read_people
from connector.use_cases.install import SignedIn
from connector.use_cases.invite import (
    ClosedInvitationError,
    UnusableAddressError,
    accept,
    invite,
    look,
    revoke,
)
from tests.engine.conftest import Town

SAM = "sam@crm.example"


def token_for(town: Town, address: str = SAM) -> str:
    """The admin invites; what stands at the end of the link."""
    link = invite(town.world, town.signed_in.account_id, town.signed_in.user_id, address)
    return link.rsplit("/join/", 1)[1]


def invitation_ids(town: Town) -> list[int]:
    with town.world.sessions.read() as session:
        lines = read_open_invitations(session, town.signed_in.account_id, town.clock.wall())
    return [line.invitation_id for line in lines]


def people(town: Town) -> dict[str, Role]:
    with town.world.sessions.read() as session:
        return {line.email: line.role for line in read_people(session, town.signed_in.account_id)}


def test_a_link_says_who_invites_whom_to_which_account(town: Town) -> None:
    offer = look(town.world, token_for(town, " Sam@CRM.example "))
    assert (offer.account_name, offer.email, offer.invited_by) == ("crm.example", SAM, "alice@crm.example")


def test_who_joins_is_a_rep_of_the_account_that_invited(town: Town) -> None:
    joined = accept(town.world, token_for(town))
    assert joined.role is Role.REP
    assert (joined.account_id, joined.installation_id) == (
        town.signed_in.account_id,
        town.signed_in.installation_id,
    )
    assert people(town) == {"alice@crm.example": Role.ADMIN, SAM: Role.REP}
    assert invitation_ids(town) == []


def test_only_the_hash_of_a_link_is_kept(town: Town) -> None:
    token = token_for(town)
    with town.world.sessions.read() as session:
        kept = session.scalars(select(Invitation)).one()
    assert token not in "".join(str(value) for value in vars(kept).values())


def test_a_link_is_good_once(town: Town) -> None:
    token = token_for(town)
    accept(town.world, token)
    for use in (look, accept):
        with pytest.raises(ClosedInvitationError, match="has been used"):
            use(town.world, token)


def test_of_ten_at_once_one_joins(town: Town) -> None:
    token = token_for(town)

    def join(_: int) -> SignedIn | str:
        try:
            return accept(town.world, token)
        except ClosedInvitationError as error:
            return str(error)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(join, range(10)))
    assert len([answer for answer in answers if isinstance(answer, SignedIn)]) == 1
    assert all("has been used" in answer for answer in answers if isinstance(answer, str))


def test_two_links_for_one_person_at_once_make_one_person(town: Town) -> None:
    tokens = [token_for(town), token_for(town, SAM.upper())]
    with ThreadPoolExecutor(2) as pool:
        joined = list(pool.map(lambda token: accept(town.world, token), tokens))
    assert joined[0] == joined[1]
    assert len(people(town)) == 2


def test_a_link_lasts_a_week_of_the_machines_time_whatever_the_runs_time_does(town: Town) -> None:
    token = token_for(town)
    town.clock.at += dt.timedelta(days=400)
    town.clock.wall_at += dt.timedelta(days=7, seconds=-1)
    assert look(town.world, token).email == SAM
    town.clock.wall_at += dt.timedelta(seconds=1)
    with pytest.raises(ClosedInvitationError, match="older than a week"):
        accept(town.world, token)
    assert invitation_ids(town) == []


def test_a_link_that_was_taken_back_lets_nobody_in(town: Town) -> None:
    token = token_for(town)
    [invitation_id] = invitation_ids(town)
    assert revoke(town.world, town.signed_in.account_id, invitation_id)
    with pytest.raises(ClosedInvitationError, match="was taken back"):
        accept(town.world, token)
    assert SAM not in people(town)
    assert not revoke(town.world, town.signed_in.account_id, invitation_id), (
        "there is nothing left to take back"
    )


def test_of_joining_and_taking_back_at_once_one_happens(town: Town) -> None:
    for number in range(10):
        address = f"sam{number}@crm.example"
        token = token_for(town, address)
        [invitation_id] = invitation_ids(town)

        def join(token: str = token) -> str:
            try:
                return accept(town.world, token).role
            except ClosedInvitationError as error:
                return str(error)

        with ThreadPoolExecutor(2) as pool:
            joined = pool.submit(join)
            taken_back = pool.submit(revoke, town.world, town.signed_in.account_id, invitation_id)
        expected = "This invitation was taken back. Ask for another one." if taken_back.result() else Role.REP
        assert joined.result() == expected
        assert (address in people(town)) != taken_back.result()


def test_what_was_accepted_cannot_be_taken_back(town: Town) -> None:
    token = token_for(town)
    [invitation_id] = invitation_ids(town)
    accept(town.world, token)
    assert not revoke(town.world, town.signed_in.account_id, invitation_id)


def test_another_account_takes_nothing_back_and_invites_nobody_here(town: Town) -> None:
    token = token_for(town)
    [invitation_id] = invitation_ids(town)
    stranger = town.signed_in.account_id + 1
    assert not revoke(town.world, stranger, invitation_id)
    with pytest.raises(NoResultFound):
        invite(town.world, stranger, town.signed_in.user_id, SAM)
    assert look(town.world, token).email == SAM


@pytest.mark.parametrize("token", ["", "no-such", "é" * 300])
def test_an_unknown_link_says_so(town: Town, token: str) -> None:
    with pytest.raises(ClosedInvitationError, match="no such invitation"):
        look(town.world, token)


@pytest.mark.parametrize(
    "address", ["", "sam", "sam@", "sam@crm.example, kim@crm.example", "x" * 300 + "@a.example"]
)
def test_what_is_no_address_is_invited_with_no_link(town: Town, address: str) -> None:
    with pytest.raises(UnusableAddressError, match="email address"):
        token_for(town, address)


def test_joining_again_changes_no_role(town: Town) -> None:
    accept(town.world, token_for(town))
    with town.world.sessions.write() as session:
        session.query(User).filter_by(email=SAM).update({"role": Role.ADMIN})
    assert accept(town.world, token_for(town)).role is Role.ADMIN


def test_an_admin_who_joins_by_an_own_link_stays_admin_at_the_crms_door(town: Town) -> None:
    assert accept(town.world, token_for(town, "alice@crm.example")).role is Role.REP
    with town.world.sessions.read() as session:
        assert session.get_one(User, town.signed_in.user_id).role is Role.ADMIN
