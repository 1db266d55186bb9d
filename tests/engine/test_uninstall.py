"""An admin leaves the CRM account: what ends at once, what is finished whatever fails, and coming back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from connector.domain.enrollment import Outcome
from connector.ports import DisconnectedError, TryLaterError
from connector.store.models import EnrollmentChange, Installation, InstallationState, Uninstall
from connector.use_cases.advance import advance, claim_due
from connector.use_cases.install import complete
from connector.use_cases.uninstall import ask_to_uninstall, claim_uninstalls, uninstall
from tests.engine.conftest import Town

ALICE = "alice@harbor.example"


def ask(town: Town) -> None:
    ask_to_uninstall(town.world, town.signed_in.account_id, town.signed_in.installation_id, ALICE)


def finish(town: Town) -> None:
    town.clock.wall_at += dt.timedelta(hours=1)
    for installation_id in claim_uninstalls(town.world):
        uninstall(town.world, installation_id)


def installation(town: Town) -> Installation:
    with town.world.sessions.read() as session:
        return session.scalars(select(Installation)).one()


def is_done(town: Town) -> bool:
    with town.world.sessions.read() as session:
        return session.scalars(select(Uninstall)).one().done_at is not None


def test_from_the_moment_it_is_asked_nothing_is_sent(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    batch = claim_due(town.world)
    ask(town)
    advance(town.world, batch)
    assert town.providers.sent == []
    assert installation(town).state is InstallationState.DISCONNECTED
    assert town.queue.jobs[-1] == ("uninstall", (town.signed_in.installation_id,))


def test_the_follow_ups_end_the_crm_is_told_and_the_tokens_go(town: Town) -> None:
    town.enroll()
    ask(town)
    finish(town)
    assert town.enrollments()[0].outcome is Outcome.REMOVED
    with town.world.sessions.read() as session:
        last = session.scalars(select(EnrollmentChange).order_by(EnrollmentChange.id.desc())).first()
    assert last is not None
    assert last.sentence == f"Follow-up ended: Sixth Touch was uninstalled by {ALICE}."
    assert town.timeline.is_uninstalled
    assert town.door.revoked == ["fresh-1-refresh"]
    assert installation(town).sealed_tokens == ""
    assert is_done(town)


def test_a_crm_that_does_not_answer_is_told_later_and_nothing_is_sent_meanwhile(town: Town) -> None:
    town.enroll()
    town.timeline.error = TryLaterError("No answer.", retry_after=60)
    ask(town)
    finish(town)
    assert not is_done(town)
    assert installation(town).sealed_tokens != ""
    town.timeline.error = None
    finish(town)
    assert town.timeline.is_uninstalled
    assert is_done(town)


def test_an_account_that_has_removed_the_app_by_itself_needs_no_telling(town: Town) -> None:
    town.timeline.error = DisconnectedError("Not accepted.")
    ask(town)
    finish(town)
    assert is_done(town)
    assert installation(town).sealed_tokens == ""


def test_a_job_that_was_killed_is_found_again_and_repeats_no_harm(town: Town) -> None:
    town.enroll()
    ask(town)
    revoke = town.door.revoke

    def die(refresh_token: str) -> None:
        raise KeyboardInterrupt

    town.door.revoke = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        finish(town)
    town.door.revoke = revoke  # type: ignore[method-assign]
    assert not is_done(town)
    finish(town)
    assert is_done(town)


def test_asked_twice_it_happens_once_and_the_first_name_stays(town: Town) -> None:
    ask(town)
    ask_to_uninstall(
        town.world, town.signed_in.account_id, town.signed_in.installation_id, "bob@harbor.example"
    )
    with town.world.sessions.read() as session:
        assert session.scalars(select(Uninstall)).one().asked_by == ALICE


def test_another_account_uninstalls_nothing(town: Town) -> None:
    with pytest.raises(LookupError):
        ask_to_uninstall(town.world, town.signed_in.account_id + 1, town.signed_in.installation_id, "Charlie")
    assert installation(town).state is InstallationState.ACTIVE


def test_installing_again_works_and_an_old_job_undoes_nothing_of_it(town: Town) -> None:
    town.enroll()
    ask(town)
    complete(town.world, "fake", "1:7")
    finish(town)
    uninstall(town.world, town.signed_in.installation_id)
    assert installation(town).state is InstallationState.ACTIVE
    assert installation(town).sealed_tokens != ""
    assert not town.timeline.is_uninstalled
    assert town.enrollments()[0].outcome is None


def test_after_leaving_and_coming_back_a_contact_is_enrolled_anew(town: Town) -> None:
    town.enroll()
    ask(town)
    finish(town)
    assert town.enroll(key="late").status == "blocked"
    complete(town.world, "fake", "1:7")
    assert town.enroll(key="again").status == "enrolled"
    town.clock.pass_by(minutes=1)
    town.advance()
    assert len(town.providers.sent) == 1
