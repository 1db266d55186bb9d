from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.content.mail import build_mail
from connector.domain.channels import Channel
from connector.domain.enrollment import Outcome, State
from connector.domain.touch import Result, TouchState
from connector.ports import (
    Activity,
    ActivityKind,
    Attachment,
    Direction,
    EmailEvent,
    EmailEventKind,
    EmailMessage,
    EmailReceived,
    OutcomeUnknownError,
)
from connector.store.models import Contact, InboxEvent, InboxState, Signal, Suppression, Touch
from connector.store.sessions import Sessions
from connector.use_cases.reply_addresses import message_id, reply_address, unsubscribe_address
from connector.use_cases.steer import remove
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead
from tests.engine.test_advance import walk

HEADER = "On Tue, Mar 2, 2027 at 10:00 AM Harbor Homes <us@example.com> wrote:"


@pytest.fixture
def town(sessions: Sessions) -> Town:
    """Dana is being followed up; her first mail has just gone."""
    town = build_town(sessions, [DANA], reply_domain="reply.example.com")
    town.enroll()
    walk(town, 5)
    return town


def first_mail(town: Town) -> Touch:
    return next(touch for touch in town.touches() if touch.channel is Channel.EMAIL)


def to_reply(town: Town) -> str:
    return reply_address(town.world.settings, first_mail(town).id)


def mail(town: Town, text: str = "Yes, please call me.", **given: Any) -> EmailReceived:
    """Dana's answer to her first mail."""
    known: dict[str, Any] = {
        "key": "k1",
        "from_address": "dana@example.com",
        "recipients": (to_reply(town),),
        "subject": "Re: Your inquiry",
        "text": text,
        "return_path": "dana@example.com",
    }
    return EmailReceived(**{**known, **given})


def signals(town: Town) -> list[Signal]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(Signal).order_by(Signal.id)))


def barred(town: Town) -> set[str]:
    with town.world.sessions.read() as session:
        return set(session.scalars(select(Suppression.address)))


def written(town: Town) -> list[tuple[ActivityKind, Activity]]:
    """What came onto the timeline by and after the answer."""
    town.write_back()
    return [each for each in town.timeline.activities if each[1].key.split(":")[0] in ("reply", "handoff")]


def test_a_mail_goes_with_an_address_for_its_answer_and_two_ways_out(town: Town) -> None:
    touch = first_mail(town)
    (sent,) = [each for each in town.providers.sent if isinstance(each, EmailMessage)]
    assert (sent.reply_to, sent.reply_to_name) == (to_reply(town), "Bob Stone")
    assert sent.unsubscribe_address == unsubscribe_address(town.world.settings, touch.id)
    assert sent.message_id == f"{touch.id}@reply.example.com"


def test_without_a_reply_domain_answers_go_to_the_owner_as_before(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA])
    town.enroll()
    walk(town, 5)
    (sent,) = [each for each in town.providers.sent if isinstance(each, EmailMessage)]
    assert (sent.reply_to, sent.reply_to_name) == ("bob@crm.example", "")
    assert (sent.unsubscribe_address, sent.message_id) == ("", "")


def test_an_answer_by_mail_stops_all_channels_and_is_handed_over_with_the_story(town: Town) -> None:
    town.hear(mail(town, f"Yes, please call me.\n\n{HEADER}\n> Hello Dana\n> unsubscribe here"))
    (enrollment,) = town.enrollments()
    assert (enrollment.state, enrollment.outcome) == (State.ENDED, Outcome.REPLIED)
    assert enrollment.next_touch_at is None
    (kind, reply), (_, task) = written(town)
    assert (kind, reply.direction, reply.subject) == (ActivityKind.EMAIL, Direction.IN, "Re: Your inquiry")
    assert reply.body == "Yes, please call me.\n\nFollow-up ended: they replied by mail."
    assert (reply.from_address, reply.to_address) == ("dana@example.com", to_reply(town))
    assert task.subject == "Dana Reyes replied: answer them"
    assert "about “Re: Your inquiry”: “Yes, please call me.”" in task.body
    assert "They wrote: Yes, please call me." in task.body
    assert not barred(town)
    sent = len(town.providers.sent)
    town.clock.pass_by(days=3)
    town.advance()
    assert len(town.providers.sent) == sent


def test_the_same_mail_again_counts_once_also_under_another_event(town: Town) -> None:
    town.hear(mail(town), "first")
    town.hear(mail(town), "second")
    assert len(signals(town)) == 1
    assert len(written(town)) == 2


@pytest.mark.parametrize("cased", [str.lower, str.upper, str.swapcase])
def test_the_address_finds_back_whoever_answers_from_wherever(town: Town, cased: Any) -> None:
    town.hear(mail(town, from_address="dana@private.example", recipients=(cased(to_reply(town)),)))
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    (_, reply), (_, task) = written(town)
    note = "Sent from dana@private.example, which is not this contact's address (dana@example.com)."
    assert note in reply.body
    assert note in task.body


def test_an_address_that_is_not_ours_finds_nobody(town: Town) -> None:
    wrong = to_reply(town)
    wrong = wrong[:10] + ("a" if wrong[10] != "a" else "b") + wrong[11:]
    town.hear(mail(town, from_address="x@stranger.example", recipients=(wrong,)))
    assert town.enrollments()[0].state is State.ACTIVE
    assert signals(town) == []


@pytest.mark.parametrize("is_ours", [True, False])
def test_the_mail_that_is_answered_finds_back_where_the_address_is_lost(town: Town, is_ours: bool) -> None:
    touch = first_mail(town)
    town.hear(EmailEvent(touch.id, "M1", EmailEventKind.PROCESSED, message_id="abc.1@geopod-ismtpd-1"), "e")
    reference = message_id(town.world.settings, touch.id) if is_ours else "abc.1@geopod-ismtpd-1"
    answer = mail(
        town,
        from_address="dana@private.example",
        recipients=("hello@reply.example.com",),
        references=("unknown@mail.example", reference),
    )
    town.hear(answer, "m")
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    (signal,) = signals(town)
    assert signal.touch_id == touch.id


def test_a_message_id_of_our_own_is_not_stored_again(town: Town) -> None:
    touch = first_mail(town)
    ours = message_id(town.world.settings, touch.id)
    town.hear(EmailEvent(touch.id, "M1", EmailEventKind.PROCESSED, message_id=ours))
    assert first_mail(town).message_id == ""


def test_the_sender_finds_back_where_nothing_else_does(town: Town) -> None:
    town.hear(mail(town, from_address="Dana@Example.COM", recipients=("hello@reply.example.com",)))
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    assert signals(town)[0].note == ""


def test_of_two_contacts_with_one_address_the_one_mailed_last_has_answered(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", phone="+13125550111")], reply_domain="reply.example.com")
    town.enroll("102")
    walk(town, 5)
    town.hear(mail(town, recipients=("hello@reply.example.com",)))
    with town.world.sessions.read() as session:
        assert session.get_one(Contact, signals(town)[0].contact_id).phone == "+13125550111"


def test_a_stranger_changes_nothing_and_their_mail_is_kept(town: Town) -> None:
    stranger = mail(town, from_address="x@stranger.example", recipients=("hello@reply.example.com",))
    town.hear(stranger, "stranger")
    assert town.enrollments()[0].state is State.ACTIVE
    with town.world.sessions.read() as session:
        event = session.scalars(select(InboxEvent).order_by(InboxEvent.id.desc())).first()
    assert event is not None
    assert (event.state, event.dedupe_key) == (InboxState.HANDLED, "stranger")


def test_a_strangers_no_is_kept_for_when_they_are_imported(town: Town) -> None:
    stranger = mail(
        town,
        "Please stop emailing me",
        from_address="X@Stranger.example",
        recipients=("hi@reply.example.com",),
    )
    town.hear(stranger)
    assert barred(town) == {"x@stranger.example"}
    town.timeline.contacts["77"] = lead("77", email="x@stranger.example", phone="")
    assert town.enroll("77").reason_code == "SUPPRESSED"


@pytest.mark.parametrize(
    "text",
    [
        "Please stop emailing me.",
        "unsubscribe",
        f"Take me off your list\n\nDana\n\n{HEADER}\n> Hello Dana",
        f"{HEADER}\n> Hello Dana\n\nPlease do not contact me again",
    ],
)
def test_a_no_in_words_bars_the_person_on_every_channel(town: Town, text: str) -> None:
    town.hear(mail(town, text))
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert barred(town) == {"dana@example.com", "+12125550142"}
    ((_, reply),) = written(town)
    assert reply.body.endswith("Follow-up ended: opted out by mail. All channels stopped.")


def test_a_no_counts_also_where_the_mail_looks_forged_or_comes_from_another_address(town: Town) -> None:
    town.hear(mail(town, "Stop emailing me", from_address="dana@private.example", is_doubtful=True))
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert barred(town) == {"dana@example.com", "+12125550142", "dana@private.example"}


def test_a_forged_looking_answer_stops_and_says_so(town: Town) -> None:
    town.hear(mail(town, is_doubtful=True))
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    assert "could not confirm that this mail comes from the address it names" in written(town)[0][1].body


@pytest.mark.parametrize(
    ("subject", "outcome"),
    [("Unsubscribe", Outcome.OPTED_OUT), ("Re: unsubscribe any time", Outcome.REPLIED)],
)
def test_a_no_in_a_subject_counts_unless_it_is_carried_on_from_ours(
    town: Town, subject: str, outcome: Outcome
) -> None:
    town.hear(mail(town, "Thanks", subject=subject))
    assert town.enrollments()[0].outcome is outcome


def test_what_we_wrote_ourselves_never_says_no(town: Town) -> None:
    ours = build_mail(
        "Hello Dana", postal_address="1 Harbor Street", unsubscribe_url="https://us.example/u/x"
    )
    quotes = [
        "\n".join(f"> {line}" for line in ours.text.split("\n")),
        f"{HEADER}\n\n{ours.text}",
        f"\n\n{ours.text}",
    ]
    for place, quote in enumerate(quotes):
        town.hear(mail(town, f"Thanks!\n\n{quote}", key=f"k{place}"), f"e{place}")
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    assert not barred(town)


def test_a_legal_notice_below_an_answer_says_no_to_nobody(town: Town) -> None:
    notice = (
        "If you are not the intended recipient, or have received this email in error, please notify the sender "
        "and delete this email."
    )
    town.hear(mail(town, f"Tuesday works.\n\nDana Reyes\n{notice}"))
    assert town.enrollments()[0].outcome is Outcome.REPLIED


def test_a_mail_to_the_unsubscribe_address_unsubscribes_whatever_it_says(town: Town) -> None:
    address = unsubscribe_address(town.world.settings, first_mail(town).id)
    automatic = {"auto-submitted": "auto-generated"}
    town.hear(mail(town, "", recipients=(address.upper(),), subject="unsubscribe", headers=automatic))
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert barred(town) == {"dana@example.com", "+12125550142"}


def test_a_mail_to_an_unsubscribe_address_that_is_not_ours_bars_its_sender(town: Town) -> None:
    town.hear(mail(town, "", recipients=(f"u+{'a' * 45}@reply.example.com",), subject=""))
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"headers": {"auto-submitted": "auto-replied"}}, "An automatic answer came by mail"),
        ({"headers": {"content-type": "multipart/report"}, "return_path": ""}, "A mail server reported"),
    ],
)
def test_what_a_machine_wrote_is_noted_and_the_follow_up_goes_on(
    town: Town, given: dict[str, Any], what: str
) -> None:
    before = town.enrollments()[0].next_touch_at
    town.hear(mail(town, "I will be back.", **given))
    (enrollment,) = town.enrollments()
    assert (enrollment.state, enrollment.next_touch_at) == (State.ACTIVE, before)
    (signal,) = signals(town)
    assert (signal.kind, signal.body) == ("auto_replied", "I will be back.")
    ((kind, note),) = written(town)
    assert kind is ActivityKind.NOTE
    assert note.body == f"{what}; the follow-up goes on. “Re: Your inquiry”\n\nI will be back."


def test_a_no_in_an_automatic_answer_counts_and_one_quoted_in_a_report_does_not(town: Town) -> None:
    report = {"content-type": "multipart/report"}
    town.hear(mail(town, "550 unsubscribe\nStop emailing me", headers=report, key="r"), "report")
    assert town.enrollments()[0].state is State.ACTIVE
    auto = {"auto-submitted": "auto-replied"}
    town.hear(mail(town, "I no longer work here. Please stop emailing me.", headers=auto, key="a"), "auto")
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT


def test_an_answer_after_the_end_still_reaches_a_person(town: Town) -> None:
    remove(town.world, town.signed_in.account_id, 1, "Bob")
    town.clock.pass_by(days=9)
    town.hear(mail(town))
    (_, reply), (kind, task) = written(town)
    assert reply.body == "Yes, please call me."
    assert (kind, task.due_at) == (ActivityKind.TASK, town.clock.at)


def test_an_answer_proves_that_its_mail_went(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA], reply_domain="reply.example.com")
    town.enroll()
    walk(town, 4)
    town.providers.outcomes = [OutcomeUnknownError("No answer came.", code="TIMEOUT")]
    walk(town, 1)
    assert first_mail(town).state is TouchState.UNKNOWN
    town.hear(mail(town))
    assert (first_mail(town).state, first_mail(town).result) == (TouchState.ACCEPTED, Result.SENT)
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    town.write_back()
    directions = [
        activity.direction for kind, activity in town.timeline.activities if kind is ActivityKind.EMAIL
    ]
    assert directions == [Direction.OUT, Direction.IN]


def test_attachments_are_named_and_not_kept(town: Town) -> None:
    files = [Attachment(f"plan {number}.pdf", 1_250_000) for number in range(12)]
    town.hear(mail(town, "See the plans", attachments=(*files, Attachment("", 10))))
    body = written(town)[0][1].body
    assert "plan 0.pdf (1.2 MB), plan 1.pdf" in body
    assert "and 3 more" in body


def test_a_mail_of_html_alone_is_read(town: Town) -> None:
    html = (
        "<style>p{color:red}</style><p>Please <b>stop</b> emailing me</p>"
        "<blockquote>Hello Dana</blockquote><script>alert(1)</script>"
    )
    town.hear(mail(town, "", html=html))
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert signals(town)[0].body == "Please stop emailing me"


def test_a_mail_without_words_is_an_answer_too(town: Town) -> None:
    town.hear(mail(town, "", subject=""))
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    assert "They wrote by email: nothing." in written(town)[1][1].body


def test_a_wrong_address_is_barred_and_the_phone_is_not(town: Town) -> None:
    town.hear(mail(town, "You have the wrong person", from_address="other@example.com"))
    assert barred(town) == {"dana@example.com", "other@example.com"}
    assert town.enrollments()[0].state is State.ENDED


def test_a_mail_to_two_of_our_addresses_is_an_answer_of_each(sessions: Sessions) -> None:
    other = lead("102", email="eve@example.com", phone="+13125550111")
    town = build_town(sessions, [DANA, other], reply_domain="reply.example.com")
    town.enroll("101")
    town.enroll("102")
    walk(town, 2)
    touches = {touch.contact_id: touch.id for touch in town.touches()}
    assert len(touches) == 2
    addresses = tuple(reply_address(town.world.settings, each) for each in touches.values())
    answer = EmailReceived("k", "dana@example.com", addresses, "Re: both of you", "Call us.")
    town.hear(answer)
    assert {each.outcome for each in town.enrollments()} == {Outcome.REPLIED}


def test_the_answer_of_somebody_deleted_in_the_crm_breaks_nothing(town: Town) -> None:
    def delete(session: Session) -> None:
        session.execute(update(Contact).values(deleted_at=town.clock.at - dt.timedelta(hours=1)))

    town.world.sessions.run(delete)
    town.hear(mail(town, "Please stop emailing me"))
    assert barred(town) == {"dana@example.com", "+12125550142"}
