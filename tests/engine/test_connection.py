"""The CRM takes its access back, and gives it again: what waits, what goes on, and what late answers undo."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from connector.domain.enrollment import State
from connector.ports import Crm, DisconnectedError, Grant
from connector.store.models import Installation, InstallationState
from connector.store.sessions import Sessions
from connector.use_cases.advance import advance, claim_due
from connector.use_cases.crm_access import open_tokens, with_crm
from connector.use_cases.install import complete
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, Door

REFUSED = DisconnectedError("The CRM does not accept our access token.")
REVOKED = DisconnectedError("The account removed the app. Install it again.", is_revoked=True)


def installation(town: Town) -> Installation:
    with town.world.sessions.read() as session:
        return session.scalars(select(Installation)).one()


def lose(town: Town) -> None:
    """The account takes our access back, and a call of ours learns it."""
    town.door.refused = REVOKED
    town.timeline.error = REFUSED
    with pytest.raises(DisconnectedError):
        with_crm(town.world, town.signed_in.installation_id, lambda crm: crm.details())


def install_again(town: Town) -> None:
    town.door.refused = town.timeline.error = None
    complete(town.world, "fake", "1:7")


def test_while_the_crm_is_disconnected_nothing_goes_and_afterwards_it_goes_on(town: Town) -> None:
    town.enroll()
    lose(town)
    town.clock.pass_by(minutes=1)
    town.advance()
    assert town.providers.sent == []
    assert installation(town).trouble == REVOKED.sentence
    install_again(town)
    assert (installation(town).state, installation(town).trouble) == (InstallationState.ACTIVE, "")


def test_a_job_that_was_queued_before_the_disconnection_sends_nothing(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    batch = claim_due(town.world)
    lose(town)
    advance(town.world, batch)
    assert town.providers.sent == []
    assert town.enrollments()[0].state is State.ACTIVE
    assert town.enrollments()[0].lease_until is None


def test_a_slow_call_with_old_tokens_does_not_undo_that_somebody_installed_again(town: Town) -> None:
    lose(town)
    install_again(town)
    town.clock.wall_at += dt.timedelta(minutes=1)
    calls: list[str] = []

    def slow(crm: Crm) -> None:
        """Refused twice, the second time after another disconnection and installation went by."""
        calls.append("asked")
        if len(calls) == 2:
            lose(town)
            install_again(town)
        raise REFUSED

    with pytest.raises(DisconnectedError):
        with_crm(town.world, town.signed_in.installation_id, slow)
    assert len(calls) == 2
    assert installation(town).state is InstallationState.ACTIVE


def test_tokens_that_others_renewed_during_a_refused_call_are_used_and_not_renewed_again(town: Town) -> None:
    calls: list[str] = []

    def work(crm: Crm) -> str:
        calls.append("asked")
        if len(calls) == 1:
            with_crm(town.world, town.signed_in.installation_id, _refused_once())
            raise REFUSED
        return "done"

    assert with_crm(town.world, town.signed_in.installation_id, work) == "done"
    assert town.door.refreshes == 1


class _refused_once:  # noqa: N801  reads as what it is: work that is refused once
    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, crm: Crm) -> None:
        self.asked += 1
        if self.asked == 1:
            raise REFUSED


@dataclass
class SlowDoor(Door):
    """While it renews tokens, somebody installs again."""

    meanwhile: list[object] = field(default_factory=list)

    def refresh(self, refresh_token: str) -> Grant:
        if self.meanwhile:
            self.meanwhile.pop()()  # type: ignore[operator]
        return super().refresh(refresh_token)


def test_tokens_renewed_slowly_do_not_take_the_place_of_those_of_a_new_installation(
    sessions: Sessions,
) -> None:
    town = build_town(sessions, [DANA])
    door = SlowDoor(town.clock)
    town.world.outside.crm_doors["fake"] = door  # type: ignore[index]

    def install_meanwhile() -> None:
        with town.world.sessions.write() as session:
            session.scalars(select(Installation)).one().state = InstallationState.DISCONNECTED
        complete(town.world, "fake", "1:7")

    door.meanwhile = [install_meanwhile]
    town.clock.wall_at += dt.timedelta(minutes=26)
    with_crm(town.world, town.signed_in.installation_id, lambda crm: crm.details())
    assert open_tokens(town.world, installation(town)).access == "first-access"
    assert installation(town).refresh_lease_until is None
