"""An erased contact leaves nothing that tells who it was, and is still never contacted again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.ports import (
    CallProgress,
    CallStatus,
    EmailEvent,
    EmailEventKind,
    Incoming,
    OutcomeUnknownError,
    RecordChanged,
    TextReceived,
    TextStatus,
)
from connector.store.migrate import migrate
from connector.store.models import (
    Account,
    Base,
    Contact,
    InboxEvent,
    Installation,
    Signal,
    Suppression,
    SuppressionReason,
    Touch,
    UnknownText,
)
from connector.store.sessions import Sessions, open_engine
from connector.use_cases.enroll import EnrollRequest, enroll
from connector.use_cases.erase import Erasure, MessageUnderWayError, erase
from connector.use_cases.install import complete
from connector.use_cases.sync import take_records
from connector.use_cases.unsubscribe import look, unsubscribe
from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, TUESDAY, lead

#: What says who she was, or what was said.
HERS = ("Dana", "Reyes", "dana@example", "2125550142", "Elm Street", "leave me alone")


@pytest.fixture
def followed(town: Town) -> Town:
    """A town in which Dana was followed up."""
    return _follow(town)


def _follow(town: Town) -> Town:
    """Dana was called and texted, and told us to leave her alone."""
    town.timeline.contacts["205"] = lead(
        "205", first_name="Lee", last_name="Park", email="lee@example.com", phone="+12125550155", topic=""
    )
    _read(town, "205")
    town.enroll(key="form of Dana Reyes")
    for _ in range(2):
        town.go_to_due()
        town.clock.pass_by(minutes=5)
    town.hear(RecordChanged("1", "contact", "101"), "changed")
    town.hear(TextReceived("+12125550142", "+12025550100", "Please leave me alone", "SM9"), "reply")
    town.write_back()
    return town


def _read(town: Town, *record_ids: str) -> None:
    """What reading back records does."""
    with town.world.sessions.write() as session:
        installation = session.get_one(Installation, town.signed_in.installation_id)
        records = [town.timeline.contacts[each] for each in record_ids]
        take_records(town.world, session, installation, records, town.clock.now())


def _erase(town: Town, record_id: str = "101") -> Erasure:
    query = "select contact_id from crm_record where record_id = :record_id"
    with town.world.sessions.read() as session:
        contact_id = session.scalar(text(query), {"record_id": record_id})
    return erase(town.world, town.signed_in.account_id, contact_id)


def _everything(sessions: Sessions) -> str:
    """All that stands in the database, as text."""
    with sessions.read() as session:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )


def _suppressions(town: Town) -> list[Suppression]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(Suppression).order_by(Suppression.id)))


def test_nothing_in_the_database_says_who_it_was(followed: Town) -> None:
    assert all(word in _everything(followed.world.sessions) for word in HERS)
    _erase(followed)
    left = _everything(followed.world.sessions)
    assert [word for word in (*HERS, "form of") if word in left] == []
    assert "Lee" in left


def test_nothing_in_the_database_file_says_who_it_was(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    town = _follow(build_town(Sessions(engine), [DANA]))
    _erase(town)
    found = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    engine.dispose()
    assert b"lee@example.com" in found
    assert [word for word in HERS if word.encode() in found] == []


def test_what_was_done_is_said_and_again_there_is_nothing_left(followed: Town) -> None:
    first = _erase(followed)
    assert (first.was_erased_before, first.barred_addresses, first.shared_with) == (False, 2, [])
    assert {"contact", "touch", "signal", "verdict", "conversation", "inbox_event"} <= set(first.rows)
    followed.clock.pass_by(days=1)
    again = _erase(followed)
    assert (again.was_erased_before, again.rows, again.erased_at) == (True, {}, first.erased_at)


def test_the_follow_up_ends_and_nothing_more_is_written_to_the_crm(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    written = len(town.timeline.activities)
    _erase(town)
    (enrollment,) = town.enrollments()
    assert enrollment.state is State.ENDED
    town.clock.pass_by(days=3)
    town.advance()
    town.write_back()
    assert len(town.providers.sent) == 1
    assert len(town.timeline.activities) == written
    assert town.enroll().reason_code == "CONTACT.ERASED"


def test_her_addresses_stay_barred_under_another_record(followed: Town) -> None:
    _erase(followed)
    assert {(row.is_hashed, row.reason, row.evidence) for row in _suppressions(followed)} == {
        (True, SuppressionReason.OPTED_OUT, "")
    }
    followed.timeline.contacts["301"] = lead("301", first_name="D.", email="new@example.com")
    followed.timeline.contacts["302"] = lead("302", email="Dana@Example.com", phone="+12125550199")
    for record_id in ("301", "302"):
        answer = followed.enroll(record_id)
        assert (answer.status, answer.reason_code) == ("blocked", "SUPPRESSED")


def test_who_never_said_no_is_barred_by_the_erasure_itself(town: Town) -> None:
    _erase(town)
    town.timeline.contacts["301"] = lead("301")
    answer = town.enroll("301")
    assert (answer.reason_code, answer.status) == ("SUPPRESSED", "blocked")
    assert "erased" in answer.message


def test_a_bounced_address_is_barred_as_a_person_once_it_is_erased(town: Town) -> None:
    with town.world.sessions.write() as session:
        session.add(
            Suppression(
                account_id=town.signed_in.account_id, address="dana@example.com",
                reason=SuppressionReason.BOUNCED, evidence="550 Dana is not here", created_at=TUESDAY,
            )
        )  # fmt: skip
    _erase(town)
    town.timeline.contacts["301"] = lead("301", phone="+12125550199")
    assert town.enroll("301").reason_code == "SUPPRESSED"


def test_another_account_is_not_barred_by_it(town: Town) -> None:
    _erase(town)
    theirs = complete(town.world, "fake", "2:3")
    town.timeline.contacts["301"] = lead("301")
    asked = EnrollRequest(
        theirs.account_id, theirs.installation_id, "contact", "301", "high-intent", None, "Charlie"
    )
    assert enroll(town.world, asked).status == "enrolled"
    with town.world.sessions.read() as session:
        hers, charlies = session.scalars(select(Account).order_by(Account.id))
    assert (bool(hers.sealed_hash_key), charlies.sealed_hash_key) == (True, "")


def test_a_record_read_before_the_erasure_brings_nothing_back(followed: Town) -> None:
    _erase(followed)
    _read(followed, "101")
    assert "Dana" not in _everything(followed.world.sessions)


def test_the_same_record_changed_in_the_crm_later_is_a_new_contact_and_barred(followed: Town) -> None:
    old = _erase(followed)
    followed.clock.pass_by(days=2)
    followed.timeline.contacts["101"] = lead("101", modified_at=followed.clock.now())
    assert followed.enroll().reason_code == "SUPPRESSED"
    with followed.world.sessions.read() as session:
        fresh = session.scalars(select(Contact).where(Contact.email_key == "dana@example.com")).one()
    assert fresh.id != old.contact_id
    assert fresh.is_opted_out
    assert not _erase(followed).was_erased_before
    assert "Dana" not in _everything(followed.world.sessions)


def test_who_shares_the_number_is_named_and_keeps_their_own_data(town: Town) -> None:
    town.timeline.contacts["205"] = lead("205", first_name="Lee", email="lee@example.com")
    _read(town, "205")
    done = _erase(town)
    assert len(done.shared_with) == 1
    assert "Lee" in _everything(town.world.sessions)
    plain = [row.address for row in _suppressions(town) if not row.is_hashed]
    assert plain == ["+12125550142"]
    assert town.enroll("205").reason_code == "SUPPRESSED"
    _erase(town, "205")
    assert all(row.is_hashed for row in _suppressions(town))


def test_what_providers_and_readers_say_late_changes_nothing(followed: Town) -> None:
    touches = {touch.channel: touch.id for touch in followed.touches()}
    _erase(followed)
    before = _everything(followed.world.sessions).count("\n")
    late: tuple[Incoming, ...] = (
        TextStatus(touches[Channel.TEXT], "SM1", "delivered", 5, is_delivered=True, is_failed=False),
        CallStatus(touches[Channel.CALL], "CA1", CallProgress.COMPLETED, 30),
        EmailEvent(touches.get(Channel.EMAIL, touches[Channel.TEXT]), "m1", EmailEventKind.UNSUBSCRIBED),
        RecordChanged("1", "contact", "101"),
    )
    for number, news in enumerate(late):
        followed.hear(news, f"late-{number}")
    with followed.world.sessions.read() as session:
        assert {event.state.value for event in session.scalars(select(InboxEvent))} == {"handled"}
        assert session.scalars(select(Touch).where(Touch.body != "")).all() == []
    assert _everything(followed.world.sessions).count("\n") == before + len(late) + 1
    token = unsubscribe_url(followed.world.settings, touches[Channel.TEXT]).rsplit("/", 1)[1]
    about = look(followed.world, token)
    assert about is not None
    assert about.is_done
    assert unsubscribe(followed.world, token)


def test_a_text_of_the_erased_is_a_strangers(followed: Town) -> None:
    _erase(followed)
    with followed.world.sessions.read() as session:
        before = session.scalar(select(func.count()).select_from(Signal))
    followed.hear(TextReceived("+12125550142", "+12025550100", "Who is this?", "SM10"), "who")
    with followed.world.sessions.read() as session:
        assert [each.body for each in session.scalars(select(UnknownText))] == ["Who is this?"]
        assert session.scalar(select(func.count()).select_from(Signal)) == before


def test_a_message_on_its_way_is_waited_for(town: Town) -> None:
    town.enroll()
    town.clock.at = max(at for at in (each.next_touch_at for each in town.enrollments()) if at)
    town.advance()
    with town.world.sessions.write() as session:
        session.execute(text("update touch set state = 'claimed'"))
    with pytest.raises(MessageUnderWayError, match="try again in a minute"):
        _erase(town)
    assert "Dana" in _everything(town.world.sessions)


def test_what_became_of_a_message_is_not_asked_any_more(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [OutcomeUnknownError("no answer")]
    town.go_to_due()
    _erase(town)
    (touch,) = town.touches()
    assert (touch.state, touch.to_address) == (TouchState.LISTED, "")


def test_another_accounts_contact_is_not_there(town: Town) -> None:
    with town.world.sessions.read() as session:
        contact_id = session.scalars(select(Contact.id)).one()
    with pytest.raises(LookupError):
        erase(town.world, town.signed_in.account_id + 1, contact_id)
    assert "Dana" in _everything(town.world.sessions)
