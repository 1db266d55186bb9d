from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from connector.ports import (
    DisconnectedError,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)
from connector.store.models import SuppressionReason
from connector.store.sessions import Sessions
from connector.use_cases.enroll import UnknownSequenceError
from connector.use_cases.stop import suppress
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead


def test_enrolling_answers_with_the_next_touch(town: Town) -> None:
    answer = town.enroll()
    assert (answer.status, answer.reason_code) == ("enrolled", "OK")
    assert answer.next_touch_at is not None
    assert (answer.next_touch_at - town.clock.at).total_seconds() == 60


def test_the_same_request_fifty_times_at_once_is_one_enrollment_and_fifty_equal_answers(town: Town) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: town.enroll(key="callback-1"), range(50)))
    assert len(set(answers)) == 1
    assert len(town.enrollments()) == 1


def test_a_person_is_in_one_follow_up_at_a_time_even_on_two_records(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", email="other@example.com", first_name="D.")])
    town.enroll("101")
    answer = town.enroll("102")
    assert (answer.status, answer.reason_code) == ("already_active", "ALREADY_ACTIVE")
    assert len(town.enrollments()) == 1


def test_a_suppressed_address_blocks_enrollment(town: Town) -> None:
    def bar(session: Session) -> None:
        suppress(
            session, town.signed_in.account_id, [DANA.phone], SuppressionReason.OPTED_OUT, "", town.clock.at
        )

    town.world.sessions.run(bar)
    answer = town.enroll()
    assert (answer.status, answer.reason_code) == ("blocked", "SUPPRESSED")


def test_an_unknown_sequence_is_named_with_those_there_are(town: Town) -> None:
    with pytest.raises(UnknownSequenceError, match="high-intent"):
        town.enroll(sequence="no-such")


def test_a_contact_no_sync_has_brought_is_read_from_the_crm(town: Town) -> None:
    town.timeline.contacts["300"] = lead("300", email="new@example.com", phone="+13125550111")
    assert town.enroll("300").status == "enrolled"


def test_a_record_the_crm_does_not_have_is_an_answer(town: Town) -> None:
    assert town.enroll("999").reason_code == "RECORD.NOT_FOUND"


def test_a_contact_without_any_address_is_blocked(sessions: Sessions) -> None:
    town = build_town(sessions, [lead("1", email="", phone="", mobile="")])
    assert town.enroll("1").reason_code == "CONTACT.NO_ADDRESS"


@pytest.mark.parametrize(
    "error", [OutcomeUnknownError("No answer."), TryLaterError("Busy.", retry_after=0.1)]
)
def test_a_moments_trouble_of_the_crm_blocks_nobody(town: Town, error: OutsideError) -> None:
    town.timeline.contacts["300"] = lead("300", email="new@example.com", phone="+13125550111")
    town.timeline.unreadable["300"] = error
    asked = town.timeline.reads

    class Answers(dict[str, OutsideError]):
        """Has the trouble at the first question alone."""

        def items(self) -> Any:
            return super().items() if len(asked) < 2 else {}.items()

    town.timeline.unreadable = Answers(town.timeline.unreadable)
    assert town.enroll("300").status == "enrolled"
    assert asked == [["300"], ["300"]]


@pytest.mark.parametrize(
    "error",
    [RefusedError("Not allowed."), DisconnectedError("Gone."), TryLaterError("Too many.", retry_after=10)],
)
def test_a_crm_that_will_not_answer_soon_is_an_answer_at_once(town: Town, error: OutsideError) -> None:
    town.timeline.contacts["300"] = lead("300", email="new@example.com", phone="+13125550111")
    town.timeline.error = error
    answer = town.enroll("300")
    assert (answer.status, answer.reason_code) == ("blocked", "CRM.UNREACHABLE")
    assert town.enrollments() == []
