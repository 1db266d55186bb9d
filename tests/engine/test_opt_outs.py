from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import Outcome
from connector.ports import EmailEvent, EmailEventKind, TextReceived
from connector.store.models import Contact, Suppression, SuppressionReason
from connector.store.sessions import Sessions
from connector.use_cases.steer import remove
from connector.use_cases.stop import suppress
from connector.use_cases.sync import read_stale
from connector.use_cases.unsubscribe import unsubscribe
from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead
from tests.engine.test_advance import walk
from tests.engine.test_sync import note_change


def suppressions(town: Town) -> dict[str, SuppressionReason]:
    with town.world.sessions.read() as session:
        return {row.address: row.reason for row in session.scalars(select(Suppression))}


def change_phone(town: Town, phone: str) -> None:
    record = town.timeline.contacts["101"]
    town.timeline.contacts["101"] = replace(record, phone=phone, modified_at=town.clock.at)
    note_change(town, "101")
    read_stale(town.world, town.signed_in.installation_id)


def first_mail(town: Town) -> str:
    return next(touch.id for touch in town.touches() if touch.channel is Channel.EMAIL)


def test_the_number_a_no_came_from_is_barred_also_when_the_crm_knows_another_by_now(town: Town) -> None:
    town.enroll()
    walk(town, 2)
    change_phone(town, "+13125550111")
    town.hear(TextReceived("+12125550142", "+12025550100", "stop", "SM1"))
    assert set(suppressions(town)) == {"+12125550142", "+13125550111", "dana@example.com"}
    town.timeline.contacts["77"] = lead("77", email="other@example.com")
    assert town.enroll("77").reason_code == "SUPPRESSED"


def test_the_mailbox_that_unsubscribed_is_barred_also_when_the_crm_knows_another_by_now(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    record = replace(DANA, email="new@example.com", modified_at=town.clock.at)
    town.timeline.contacts["101"] = record
    note_change(town, "101")
    read_stale(town.world, town.signed_in.installation_id)
    town.hear(EmailEvent(first_mail(town), "M1", EmailEventKind.COMPLAINED))
    assert {"dana@example.com", "new@example.com"} <= set(suppressions(town))


def test_an_opt_out_after_the_end_is_told_on_the_timeline_once(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    remove(town.world, town.signed_in.account_id, 1, "Bob")
    token = unsubscribe_url(town.world.settings, first_mail(town)).rsplit("/", 1)[1]
    assert unsubscribe(town.world, token)
    town.hear(EmailEvent(first_mail(town), "M1", EmailEventKind.UNSUBSCRIBED))
    town.write_back()
    told = [activity.body for _, activity in town.timeline.activities if "Opted out" in activity.body]
    assert told == ["Opted out: unsubscribed by the link in a mail. All channels stopped."]
    status = town.timeline.statuses["101"].status
    assert (status.text_opt_out, status.call_opt_out) == (True, True)


def test_an_opt_out_that_ends_the_follow_up_is_told_once(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    town.hear(EmailEvent(first_mail(town), "M1", EmailEventKind.UNSUBSCRIBED))
    town.write_back()
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert len([1 for _, activity in town.timeline.activities if "Opted out" in activity.body]) == 1


def test_a_no_outweighs_a_bounce_and_not_the_other_way_round(town: Town) -> None:
    def bar(session: Session, reason: SuppressionReason) -> None:
        suppress(session, town.signed_in.account_id, ["x@example.com"], reason, "", town.clock.at)

    for reason in (SuppressionReason.BOUNCED, SuppressionReason.OPTED_OUT, SuppressionReason.BOUNCED):
        town.world.sessions.run(lambda session, reason=reason: bar(session, reason))  # type: ignore[misc]
    assert suppressions(town) == {"x@example.com": SuppressionReason.OPTED_OUT}


def test_an_opt_out_survives_a_record_that_was_read_before_the_crm_heard_of_it(town: Town) -> None:
    town.enroll()
    walk(town, 2)
    town.hear(TextReceived("+12125550142", "+12025550100", "stop", "SM1"))
    change_phone(town, DANA.phone)
    with town.world.sessions.read() as session:
        assert session.scalars(select(Contact)).one().is_opted_out
    town.write_back()
    assert town.timeline.statuses["101"].status.text_opt_out is True


def test_a_contact_that_appears_with_an_address_that_said_no_is_opted_out(sessions: Sessions) -> None:
    town = build_town(sessions, [])
    town.hear(TextReceived("+12125550142", "+12025550100", "STOP", "SM9"))
    town.timeline.contacts["101"] = replace(DANA, modified_at=town.clock.at + dt.timedelta(hours=1))
    note_change(town, "101")
    read_stale(town.world, town.signed_in.installation_id)
    with town.world.sessions.read() as session:
        assert session.scalars(select(Contact)).one().is_opted_out
