"""Caps of account, sequence and contact, from the setting to the touch."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import delete, select

from connector.content.sequence_files import read_sequence_file
from connector.domain.caps import OwnCaps
from connector.domain.channels import Channel
from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus
from connector.store.models import (
    CapsChange,
    Contact,
    EnrollmentChange,
    SequenceRow,
    SequenceVersion,
    VerdictRow,
)
from connector.store.sessions import Sessions
from connector.use_cases.caps import (
    OnlyAdminsLoosenError,
    approve,
    revoke,
    set_account_caps,
    set_contact_caps,
)
from connector.use_cases.explain import explain
from connector.use_cases.presets import renew_presets
from connector.use_cases.sequences import find_published, publish
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, TUESDAY, lead

ALICE = "alice@crm.example"


def until(town: Town, at: dt.datetime) -> None:
    """Nobody answers until then."""
    while any(each.next_touch_at and each.next_touch_at <= at for each in town.enrollments()):
        town.go_to_due()
        for touch in town.touches():
            if touch.channel is Channel.CALL and touch.state is TouchState.ACCEPTED:
                town.clock.pass_by(seconds=30)
                town.hear(CallStatus(touch.id, touch.provider_id, CallProgress.NO_ANSWER), touch.id)
    town.clock.at = max(town.clock.at, at)


def days(amount: float) -> dt.datetime:
    return TUESDAY + dt.timedelta(days=amount)


def went(town: Town) -> list[tuple[str, str]]:
    """Which steps went, and when by Dana's clock."""
    return [
        (touch.step_id, f"{touch.sent_at - dt.timedelta(hours=5):%a %-d %H:%M}")
        for touch in town.touches()
        if touch.sent_at is not None
    ]


def log(town: Town) -> list[tuple[str, dict[str, int], str]]:
    with town.world.sessions.read() as session:
        rows = session.scalars(select(CapsChange).order_by(CapsChange.id))
        return [(row.act.value, row.caps, row.changed_by) for row in rows]


def account(town: Town) -> int:
    return town.signed_in.account_id


def test_whoever_installs_approves_the_caps_of_the_presets_and_it_is_on_the_log(town: Town) -> None:
    assert log(town) == [
        ("approved", {"texts_per_week": 2, "exempt_first_hours": 24}, ALICE),
        ("approved", {"texts_per_week": 2, "exempt_first_hours": 24}, ALICE),
    ]


def test_a_revoked_approval_puts_the_second_text_off_by_a_week_and_loses_nothing(town: Town) -> None:
    assert revoke(town.world, account(town), "high-intent", ALICE)
    town.enroll()
    until(town, days(12))
    assert went(town) == [
        ("call-1", "Tue 2 10:01"),
        ("text-1", "Tue 2 10:05"),
        ("call-2", "Tue 2 12:00"),
        ("text-2", "Tue 9 10:05"),
        ("email-1", "Tue 9 18:30"),
        ("call-3", "Wed 10 16:00"),
    ]
    assert log(town)[-1] == ("revoked", {"texts_per_week": 2, "exempt_first_hours": 24}, ALICE)


def test_what_a_cap_holds_says_so_and_until_when(town: Town) -> None:
    revoke(town.world, account(town), "high-intent", ALICE)
    town.enroll()
    until(town, days(1))
    sentence = "1 text in the last 7 days already, 1 at most: held until Tue 9 Mar, 10:05 (their time)."
    assert town.enrollments()[0].waiting_for == sentence
    explained = explain(town.world, account(town), town.enrollments()[0].contact_id)
    assert explained is not None
    assert sentence in explained.next_sentence
    assert "CAP.TEXTS" in {verdict.rule for verdict in explained.decided}


def test_an_approval_lets_go_at_once_what_the_accounts_cap_held(town: Town) -> None:
    revoke(town.world, account(town), "high-intent", ALICE)
    town.enroll()
    until(town, days(0.1))
    assert approve(town.world, account(town), "high-intent", ALICE)
    until(town, days(0.1))
    assert went(town)[-1] == ("text-2", "Tue 2 12:24")


def test_a_looser_account_lets_go_at_once_what_its_cap_held(town: Town) -> None:
    revoke(town.world, account(town), "high-intent", ALICE)
    town.enroll()
    until(town, days(0.1))
    set_account_caps(town.world, account(town), OwnCaps(3, 5), ALICE)
    until(town, days(0.1))
    assert went(town)[-1] == ("text-2", "Tue 2 12:24")
    assert log(town)[-1] == ("set", {"bursts_per_day": 3, "texts_per_week": 5}, ALICE)


def test_approving_or_revoking_twice_is_one_line_of_the_log(town: Town) -> None:
    assert not approve(town.world, account(town), "high-intent", ALICE)
    assert revoke(town.world, account(town), "high-intent", ALICE)
    assert not revoke(town.world, account(town), "high-intent", ALICE)
    assert not approve(town.world, account(town), "no-such", ALICE)
    assert not approve(town.world, account(town) + 1, "high-intent", "charlie@elsewhere.example")
    assert len(log(town)) == 3


def test_the_exemption_of_the_first_hours_needs_the_approval_too(town: Town) -> None:
    revoke(town.world, account(town), "high-intent", ALICE)
    set_account_caps(town.world, account(town), OwnCaps(texts_per_week=2), ALICE)
    town.enroll()
    until(town, days(1))
    with town.world.sessions.read() as session:
        rules = set(session.scalars(select(VerdictRow.rule)))
    assert "CAP.BURSTS" in rules
    assert "CAP.EXEMPT" not in rules


def test_a_contacts_own_cap_of_0_leaves_its_texts_out_and_the_timeline_says_so(town: Town) -> None:
    contact_id = contact(town, "101")
    assert set_contact_caps(
        town.world, account(town), contact_id, OwnCaps(texts_per_week=0), "bob@crm.example", is_admin=False
    )
    town.enroll()
    until(town, days(0.2))
    assert [step for step, _ in went(town)] == ["call-1", "call-2"]
    town.write_back()
    notes = [activity.body for _, activity in town.timeline.activities]
    assert "“First text” was left out. Texts are switched off by a cap of 0 a week." in notes


def test_a_cap_of_another_record_of_the_same_person_binds(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", email="d2@example.com")])
    set_contact_caps(
        town.world, account(town), contact(town, "102"), OwnCaps(texts_per_week=0), ALICE, is_admin=True
    )
    town.enroll("101")
    until(town, days(0.2))
    assert [step for step, _ in went(town)] == ["call-1", "call-2"]


def test_texts_to_another_record_of_the_same_person_count(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", email="d2@example.com")])
    town.enroll("101")
    until(town, days(3))
    assert len([step for step, _ in went(town) if step.startswith("text")]) == 2
    assert town.enroll("102").status == "enrolled"
    until(town, days(3.1))
    assert "2 texts in the last 7 days already" in town.enrollments()[1].waiting_for


def test_a_rep_may_tighten_a_contacts_caps_and_only_an_admin_loosen_them(town: Town) -> None:
    contact_id, bob = contact(town, "101"), "bob@crm.example"
    with pytest.raises(OnlyAdminsLoosenError):
        set_contact_caps(
            town.world, account(town), contact_id, OwnCaps(emails_per_week=3), bob, is_admin=False
        )
    assert set_contact_caps(
        town.world, account(town), contact_id, OwnCaps(emails_per_week=3), ALICE, is_admin=True
    )
    assert not set_contact_caps(town.world, account(town) + 1, contact_id, OwnCaps(), ALICE, is_admin=True)
    assert log(town)[-1] == ("set", {"emails_per_week": 3}, ALICE)


def contact(town: Town, record_id: str) -> int:
    with town.world.sessions.read() as session:
        found = select(Contact.id).order_by(Contact.id)
        return list(session.scalars(found))[int(record_id) - 101]


SHORT: dict[str, Any] = yaml.safe_load("""
key: two-texts
name: Two texts
steps:
  - {id: one, name: First, channel: text, after: {seconds: 0}, message: {body: Hello}}
  - {id: two, name: Second, channel: text, at: {day: 2, time: "12:00", until: "13:00", past: skip}, message: {body: Again}}
  - {id: three, name: Third, channel: text, at: {day: 3, time: "12:00", past: skip}, message: {body: Once more}}
""")


def test_a_step_that_a_cap_holds_past_its_only_hours_is_not_lost_silently(town: Town) -> None:
    with town.world.sessions.write() as session:
        publish(session, account(town), SHORT, TUESDAY)
    town.enroll(sequence="two-texts")
    until(town, days(9))
    with town.world.sessions.read() as session:
        told = list(session.scalars(select(EnrollmentChange.sentence).order_by(EnrollmentChange.id)))
    assert told[1] == (
        "“Second” was left out. This step goes between 12:00 and 13:00, and no such hour is left in which "
        "the contact may be reached. Before that it was held: 1 text in the last 7 days already, "
        "1 at most: held until Tue 9 Mar, 10:00 (their time)."
    )
    assert told[2] == "“Third” was left out. Skipped: its time of day had passed."
    town.write_back()
    assert set(told) <= {activity.body for _, activity in town.timeline.activities}


def editions(town: Town) -> dict[str, int]:
    with town.world.sessions.read() as session:
        rows = session.execute(
            select(SequenceRow.key, SequenceVersion.number)
            .join(SequenceVersion, SequenceVersion.sequence_id == SequenceRow.id)
            .order_by(SequenceVersion.number)
        )
        return {row.key: row.number for row in rows}


def test_an_account_of_before_gets_the_new_preset_with_its_caps_approved(town: Town) -> None:
    with town.world.sessions.write() as session:
        session.execute(delete(CapsChange))
        row = session.scalars(select(SequenceRow).where(SequenceRow.key == "generic-14-day")).one()
        session.execute(delete(SequenceVersion).where(SequenceVersion.sequence_id == row.id))
        session.delete(row)
    renew_presets(town.world)
    renew_presets(town.world)
    assert editions(town) == {"generic-14-day": 1, "high-intent": 1}
    assert log(town) == [
        ("approved", {"texts_per_week": 2, "exempt_first_hours": 24}, "an update of Sixth Touch")
    ]


#: The preset as the first release shipped it.
OF_BEFORE = read_sequence_file(
    (Path(__file__).parent / "high-intent-of-0.1.yaml").read_text(encoding="utf-8")
)


def test_a_preset_of_before_is_renewed_and_an_edition_of_the_accounts_own_is_not(town: Town) -> None:
    with town.world.sessions.write() as session:
        shipped = find_published(session, account(town), "high-intent").definition
        publish(session, account(town), OF_BEFORE, TUESDAY)
    revoke(town.world, account(town), "high-intent", ALICE)
    renew_presets(town.world)
    with town.world.sessions.write() as session:
        renewed = find_published(session, account(town), "high-intent")
        assert (renewed.number, renewed.definition) == (3, shipped)
        assert session.get_one(SequenceRow, renewed.sequence_id).approved_caps is None, "it stays revoked"
        publish(session, account(town), {**shipped, "goal": "Our own"}, TUESDAY)
    renew_presets(town.world)
    assert editions(town)["high-intent"] == 4


def test_who_is_under_way_on_the_edition_of_before_keeps_its_first_hours(town: Town) -> None:
    with town.world.sessions.write() as session:
        publish(session, account(town), OF_BEFORE, TUESDAY)
    town.enroll()
    renew_presets(town.world)
    set_account_caps(town.world, account(town), OwnCaps(texts_per_week=2), ALICE)
    until(town, days(1))
    with town.world.sessions.read() as session:
        rules = set(session.scalars(select(VerdictRow.rule)))
    assert "CAP.EXEMPT" in rules
    assert "CAP.BURSTS" not in rules


def test_a_sequence_of_ones_own_is_bound_by_the_account_until_an_admin_approves(town: Town) -> None:
    steps = [*SHORT["steps"][:1], {**SHORT["steps"][1], "at": {"day": 2, "time": "12:00", "until": "13:00"}}]
    with town.world.sessions.write() as session:
        publish(session, account(town), {**SHORT, "caps": {"texts_per_week": 2}, "steps": steps}, TUESDAY)
    town.enroll(sequence="two-texts")
    until(town, days(2))
    assert [step for step, _ in went(town)] == ["one"]
    assert approve(town.world, account(town), "two-texts", ALICE)
    until(town, days(2.1))
    assert went(town)[-1] == ("two", "Thu 4 12:00")
    assert log(town)[-1] == ("approved", {"texts_per_week": 2}, ALICE)
