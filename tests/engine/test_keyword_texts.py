"""Texts that are a keyword begin a follow-up, once; no text of a number nobody knows is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from connector.content.sequence_files import SequenceFileError, parse_definition, presets
from connector.domain.channels import Consent
from connector.domain.enrollment import Outcome, State
from connector.domain.touch import TouchState
from connector.ports import (
    ActivityKind,
    DisconnectedError,
    OutcomeUnknownError,
    RefusedError,
    TextReceived,
    TryLaterError,
)
from connector.store.models import Contact, Newcomer, NewcomerState, Suppression, UnknownText, VerdictRow
from connector.store.sessions import Sessions
from connector.use_cases.erase import erase
from connector.use_cases.newcomers import claim_newcomers, welcome
from connector.use_cases.report_health import readiness
from connector.use_cases.sequences import KeywordTakenError, publish
from connector.use_cases.strangers import welcome_sender
from connector.use_cases.sync import read_stale
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead
from tests.engine.test_sync import note_change

OURS, ERINS = "+12025550100", "+13125550111"
DISCLOSURE = (
    "By texting HOME you agree to automated calls and texts from Harbor Homes. Not a condition of purchase."
)


def definition(**changes: Any) -> dict[str, Any]:
    (high_intent,) = [each for each in presets() if each["key"] == "high-intent"]
    return {**high_intent, **changes}


def publish_keyword(town: Town, **changes: Any) -> None:
    given = {"keywords": ["HOME"], "keyword_disclosure": DISCLOSURE, **changes}
    account_id, now = town.signed_in.account_id, town.clock.at
    town.world.sessions.run(lambda session: publish(session, account_id, definition(**given), now))


@pytest.fixture
def open_house(sessions: Sessions) -> Town:
    """HOME enrolls in the first sequence; Dana is known, Erin is not."""
    town = build_town(sessions, [DANA])
    publish_keyword(town)
    return town


def text(town: Town, words: str = "Home!", number: str = ERINS, sid: str = "SM1") -> None:
    town.hear(TextReceived(number, OURS, words, sid), sid)


def work(town: Town) -> None:
    """What the clock and a worker do for newcomers at this instant."""
    for newcomer_id, attempt in claim_newcomers(town.world):
        welcome(town.world, newcomer_id, attempt)


def newcomers(town: Town) -> list[Newcomer]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(Newcomer).order_by(Newcomer.id)))


def unknown_texts(town: Town) -> list[UnknownText]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(UnknownText).order_by(UnknownText.id)))


def contact(town: Town, number: str = ERINS) -> Contact:
    with town.world.sessions.read() as session:
        return session.scalars(select(Contact).where(Contact.phone_key == number)).one()


def told(town: Town, kind: ActivityKind) -> list[str]:
    town.write_back()
    return [each.body for its, each in town.timeline.activities if its is kind]


def test_a_keyword_from_a_number_nobody_knows_becomes_a_contact_and_a_follow_up(open_house: Town) -> None:
    text(open_house)
    assert readiness(open_house.world).counts["newcomers_waiting"] == 1
    work(open_house)
    (created,) = open_house.timeline.created
    assert (created.phone, created.consent) == (ERINS, Consent.EXPRESS_WRITTEN)
    assert created.source == "Text with the keyword HOME"
    assert created.consent_evidence == (
        f"texted HOME to {OURS} on 2027-03-02 15:00 UTC; the keyword is published with: “{DISCLOSURE}”"
    )
    (enrollment,) = open_house.enrollments()
    assert (enrollment.state, enrollment.enrolled_by) == (State.ACTIVE, "the keyword HOME")
    assert newcomers(open_house)[0].state is NewcomerState.WELCOMED
    assert readiness(open_house.world).counts["newcomers_waiting"] == 0
    assert unknown_texts(open_house) == []
    assert told(open_house, ActivityKind.TEXT) == ["Home!"]
    open_house.go_to_due()
    assert open_house.providers.sent[0].to == ERINS


def test_without_the_words_beside_it_a_keyword_is_consent_to_an_answer_no_more(sessions: Sessions) -> None:
    town = build_town(sessions, [])
    publish_keyword(town, keyword_disclosure="")
    text(town)
    work(town)
    (created,) = town.timeline.created
    assert (created.consent, created.consent_evidence) == (
        Consent.EXPRESS,
        f"texted HOME to {OURS} on 2027-03-02 15:00 UTC",
    )


def test_who_agreed_to_an_answer_gets_one_text_and_nothing_else_by_phone(sessions: Sessions) -> None:
    town = build_town(sessions, [])
    publish_keyword(town, keyword_disclosure="")
    text(town)
    work(town)
    while town.enrollments()[0].next_touch_at:
        town.go_to_due()
    assert {touch.step_id for touch in town.touches() if touch.state is not TouchState.SKIPPED} == {"text-1"}
    (sent,) = town.providers.sent
    assert sent.to == ERINS
    with town.world.sessions.read() as session:
        said = session.scalars(select(VerdictRow.rule).where(VerdictRow.touch_id == sent.touch_id)).all()
    assert said == ["CONSENT.ASKED"]


def test_the_same_webhook_and_the_same_word_twice_are_one_contact(open_house: Town) -> None:
    text(open_house)
    open_house.hear(TextReceived(ERINS, OURS, "Home!", "SM1"), "again")
    text(open_house, "HOME", sid="SM2")
    work(open_house)
    work(open_house)
    assert len(open_house.timeline.created) == len(newcomers(open_house)) == 1
    assert told(open_house, ActivityKind.TEXT) == ["Home!", "HOME"]
    assert len(open_house.enrollments()) == 1


def test_a_keyword_from_a_known_contact_who_is_in_no_follow_up_enrolls(open_house: Town) -> None:
    text(open_house, number=DANA.phone)
    assert newcomers(open_house) == []
    (enrollment,) = open_house.enrollments()
    assert enrollment.enrolled_by == "the keyword HOME"
    assert told(open_house, ActivityKind.TEXT) == ["Home!\n\nEnrolled in “High-intent inquiry”."]
    assert told(open_house, ActivityKind.TASK) == []


def test_a_keyword_from_somebody_in_a_follow_up_is_a_reply(open_house: Town) -> None:
    open_house.enroll()
    text(open_house, number=DANA.phone)
    (enrollment,) = open_house.enrollments()
    assert enrollment.outcome is Outcome.REPLIED


def test_a_keyword_enrolls_again_after_the_end_but_nobody_who_has_opted_out(open_house: Town) -> None:
    for sid, words in (("SM1", "home"), ("SM2", "Yes?"), ("SM3", "home"), ("SM4", "stop"), ("SM5", "home")):
        text(open_house, words, DANA.phone, sid)
    outcomes = [each.outcome for each in open_house.enrollments()]
    assert outcomes == [Outcome.REPLIED, Outcome.OPTED_OUT]


def test_a_known_contacts_consent_is_written_to_the_crm_and_outlives_a_stale_read(sessions: Sessions) -> None:
    town = build_town(sessions, [lead("101", consent=Consent.NONE)])
    publish_keyword(town)
    text(town, number=DANA.phone)
    note_change(town, "101")
    read_stale(town.world, town.signed_in.installation_id)
    assert contact(town, DANA.phone).consent is Consent.EXPRESS_WRITTEN
    town.write_back()
    status = town.timeline.statuses["101"].status
    assert (status.consent, DISCLOSURE in (status.consent_evidence or "")) == ("express_written", True)
    # From now on the CRM's word counts again.
    note_change(town, "101")
    read_stale(town.world, town.signed_in.installation_id)
    assert contact(town, DANA.phone).consent is Consent.NONE


def test_a_contact_the_crm_has_already_is_taken_and_none_is_created(open_house: Town) -> None:
    open_house.timeline.contacts["55"] = lead("55", phone=ERINS, email="", first_name="Erin")
    text(open_house)
    work(open_house)
    assert open_house.timeline.created == []
    assert open_house.enrollments()[0].record_id == "55"


@pytest.mark.parametrize("is_created", [True, False])
def test_a_lost_answer_is_searched_for_twice_before_another_is_created(
    open_house: Town, is_created: bool
) -> None:
    timeline = open_house.timeline
    timeline.creations, timeline.keeps = [OutcomeUnknownError("no answer")], is_created
    text(open_house)
    work(open_house)
    assert newcomers(open_house)[0].state is NewcomerState.UNCONFIRMED
    timeline.unseen = {"9000"}
    open_house.clock.pass_by(seconds=open_house.world.settings.confirm_after_seconds)
    work(open_house)
    timeline.unseen = set()
    open_house.clock.pass_by(seconds=open_house.world.settings.confirm_after_seconds)
    work(open_house)
    work(open_house)
    assert len(timeline.created) == 1
    assert len(open_house.enrollments()) == 1


def test_a_crash_after_the_request_left_is_as_a_lost_answer(open_house: Town) -> None:
    text(open_house)
    ((newcomer_id, attempt),) = claim_newcomers(open_house.world)
    open_house.timeline.creations = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        welcome(open_house.world, newcomer_id, attempt)
    assert newcomers(open_house)[0].state is NewcomerState.UNCONFIRMED
    assert claim_newcomers(open_house.world) == []
    open_house.clock.pass_by(seconds=open_house.world.settings.lease_seconds)
    assert len(claim_newcomers(open_house.world)) == 1


def test_a_webhook_of_the_new_record_is_as_good_as_the_search(open_house: Town) -> None:
    timeline = open_house.timeline
    timeline.creations, timeline.keeps = [OutcomeUnknownError("no answer")], True
    text(open_house)
    work(open_house)
    timeline.unseen = {"9000"}
    note_change(open_house, "9000")
    read_stale(open_house.world, open_house.signed_in.installation_id)
    open_house.clock.pass_by(minutes=5)
    work(open_house)
    assert len(timeline.created) == len(open_house.enrollments()) == 1


@pytest.mark.parametrize("error", [TryLaterError("full", retry_after=7), DisconnectedError("renew")])
def test_a_crm_that_cannot_be_asked_is_asked_again(open_house: Town, error: Exception) -> None:
    open_house.timeline.creations = [error] * 2  # type: ignore[list-item]
    text(open_house)
    work(open_house)
    (row,) = newcomers(open_house)
    assert row.state is NewcomerState.WAITING
    if isinstance(error, TryLaterError):
        assert row.retry_at == open_house.clock.wall_at + dt.timedelta(seconds=7)
        open_house.timeline.creations = []
        open_house.clock.pass_by(seconds=7)
        work(open_house)
        assert len(open_house.timeline.created) == 1


def test_a_contact_the_crm_refuses_is_shown_with_its_reason(open_house: Town) -> None:
    open_house.timeline.creations = [RefusedError("HubSpot takes no phone like this.")]
    text(open_house)
    work(open_house)
    (row,) = newcomers(open_house)
    assert (row.state, row.trouble) == (NewcomerState.REFUSED, "HubSpot takes no phone like this.")
    assert [each.body for each in unknown_texts(open_house)] == ["Home!"]


def test_who_says_stop_before_there_is_a_contact_does_not_become_one(open_house: Town) -> None:
    text(open_house)
    text(open_house, "STOP", sid="SM2")
    work(open_house)
    assert open_house.timeline.created == []
    assert newcomers(open_house)[0].state is NewcomerState.REFUSED
    text(open_house, sid="SM3")
    work(open_house)
    assert [each.trouble for each in newcomers(open_house)] == [
        "They opted out before there was a contact.",
        "They opted out by this number.",
    ]
    assert open_house.timeline.created == []
    with open_house.world.sessions.read() as session:
        assert session.scalars(select(Suppression.address)).all() == [ERINS]


def test_a_job_that_comes_late_does_nothing(open_house: Town) -> None:
    text(open_house)
    ((newcomer_id, attempt),) = claim_newcomers(open_house.world)
    open_house.clock.pass_by(seconds=open_house.world.settings.lease_seconds)
    work(open_house)
    welcome(open_house.world, newcomer_id, attempt)
    assert len(open_house.timeline.created) == 1


def test_a_text_that_is_no_keyword_is_kept_until_its_number_is_known(open_house: Town) -> None:
    text(open_house, "Is the flat still free?")
    work(open_house)
    assert open_house.timeline.created == []
    assert [(each.from_address, each.body) for each in unknown_texts(open_house)] == [
        (ERINS, "Is the flat still free?")
    ]
    open_house.timeline.contacts["55"] = lead("55", phone="(312) 555-0111", email="erin@example.com")
    note_change(open_house, "55")
    read_stale(open_house.world, open_house.signed_in.installation_id)
    assert unknown_texts(open_house) == []
    assert told(open_house, ActivityKind.TEXT) == ["Is the flat still free?"]


def test_a_person_makes_a_contact_of_who_texted_and_the_owner_answers(open_house: Town) -> None:
    text(open_house, "Is the flat still free?")
    account_id = open_house.signed_in.account_id
    (row,) = unknown_texts(open_house)
    assert not welcome_sender(open_house.world, account_id + 1, row.id)
    assert welcome_sender(open_house.world, account_id, row.id)
    assert welcome_sender(open_house.world, account_id, row.id)
    work(open_house)
    (created,) = open_house.timeline.created
    assert (created.consent, created.source) == (Consent.INQUIRY, "Text")
    assert open_house.enrollments() == []
    assert told(open_house, ActivityKind.TEXT) == ["Is the flat still free?"]
    assert told(open_house, ActivityKind.TASK) == ["They wrote by text: “Is the flat still free?”."]


def test_an_erasure_takes_the_texts_of_the_number_along(open_house: Town) -> None:
    text(open_house)
    work(open_house)
    erase(open_house.world, open_house.signed_in.account_id, contact(open_house).id)
    assert (newcomers(open_house), unknown_texts(open_house)) == ([], [])


def test_two_sequences_cannot_share_a_keyword(open_house: Town) -> None:
    with pytest.raises(KeywordTakenError, match="'home' is that of “High-intent inquiry”"):
        publish_keyword(open_house, key="another", name="Another", keywords=["home"])
    publish_keyword(open_house, keywords=["HOME", "TOUR"])


@pytest.mark.parametrize(
    ("keywords", "problem"),
    [(["STOP"], "asks us to stop"), (["Help"], "providers answer"), (["Home", "HOME!"], "the same text")],
)
def test_a_file_with_a_bad_keyword_is_refused_with_the_reason(keywords: list[str], problem: str) -> None:
    with pytest.raises(SequenceFileError, match=problem):
        parse_definition(definition(keywords=keywords))
