"""Reads a contact's story: everything planned, sent, received and written, in nine queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.caps import OwnCaps
from connector.ports import ActivityKind
from connector.store.models import (
    ActivityRow,
    Contact,
    CrmRecord,
    Enrollment,
    EnrollmentChange,
    Installation,
    ListedTouch,
    Owner,
    SequenceRow,
    SequenceVersion,
    Signal,
    Touch,
    VerdictRow,
)
from connector.store.reads.pages_story_parts import (
    Story,
    StoryAnswer,
    StoryChange,
    StoryContact,
    StoryEnrollment,
    StorySignal,
    StoryTask,
    StoryTouch,
    StoryVerdict,
    WrittenActivity,
)


def read_story(session: Session, account_id: int, contact_id: int) -> Story | None:
    """The story of a contact of this account; None when the account has no such contact."""
    contact = session.scalars(
        select(Contact).where(Contact.id == contact_id, Contact.account_id == account_id)
    ).one_or_none()
    if contact is None:
        return None
    enrollments = _enrollments(session, contact_id)
    activities = list(
        session.scalars(
            select(ActivityRow).where(ActivityRow.contact_id == contact_id).order_by(ActivityRow.id)
        )
    )
    return Story(
        contact=_contact(session, contact),
        enrollments=enrollments,
        touches=_touches(session, contact_id, activities),
        signals=_signals(session, contact_id, activities),
        changes=_changes(session, [one.enrollment_id for one in enrollments], activities),
        tasks=tuple(_task(row) for row in activities if row.kind is ActivityKind.TASK),
    )


def _contact(session: Session, contact: Contact) -> StoryContact:
    row = session.execute(
        select(CrmRecord, Installation, Owner.name)
        .join(Installation, Installation.id == CrmRecord.installation_id)
        .outerjoin(Owner, (Owner.installation_id == Installation.id) & (Owner.owner_id == contact.owner_id))
        .where(CrmRecord.contact_id == contact.id)
        .order_by(CrmRecord.id.desc())
        .limit(1)
    ).one_or_none()
    record, installation, owner_name = row if row else (None, None, None)
    return StoryContact(
        contact_id=contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        mobile=contact.mobile,
        company=contact.company,
        topic=contact.topic,
        owner_name=owner_name or "",
        time_zone=contact.time_zone,
        phones=(contact.mobile_key, contact.phone_key),
        consent=contact.consent,
        is_text_opted_out=contact.is_text_opted_out,
        is_call_opted_out=contact.is_call_opted_out,
        is_email_opted_out=contact.is_email_opted_out,
        is_deleted=contact.deleted_at is not None,
        crm=installation.crm if installation else "",
        external_account=installation.external_account if installation else "",
        ui_domain=installation.ui_domain if installation else "",
        record_id=record.record_id if record else "",
        caps=OwnCaps(**(contact.caps or {})),
    )


def _enrollments(session: Session, contact_id: int) -> tuple[StoryEnrollment, ...]:
    rows = session.execute(
        select(Enrollment, SequenceVersion, SequenceRow)
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(SequenceRow, SequenceRow.id == SequenceVersion.sequence_id)
        .where(Enrollment.contact_id == contact_id)
        .order_by(Enrollment.enrolled_at.desc(), Enrollment.id.desc())
    ).all()
    return tuple(
        StoryEnrollment(
            enrollment_id=enrollment.id,
            sequence_key=sequence.key,
            sequence_name=sequence.name,
            version=version.number,
            definition=version.definition,
            state=enrollment.state,
            outcome=enrollment.outcome,
            step_id=enrollment.step_id,
            next_touch_at=enrollment.next_touch_at,
            waiting_for=enrollment.waiting_for,
            enrolled_at=enrollment.enrolled_at,
            enrolled_by=enrollment.enrolled_by,
            ended_at=enrollment.ended_at,
            is_handed_off=enrollment.is_handed_off,
        )
        for enrollment, version, sequence in rows
    )


def _touches(session: Session, contact_id: int, activities: Iterable[ActivityRow]) -> tuple[StoryTouch, ...]:
    rows = session.scalars(
        select(Touch).where(Touch.contact_id == contact_id).order_by(Touch.planned_at, Touch.id)
    ).all()
    verdicts: defaultdict[str, list[StoryVerdict]] = defaultdict(list)
    said = session.scalars(
        select(VerdictRow)
        .join(Touch, Touch.id == VerdictRow.touch_id)
        .where(Touch.contact_id == contact_id)
        .order_by(VerdictRow.id)
    )
    for verdict in said:
        verdicts[verdict.touch_id].append(
            StoryVerdict(verdict.decision, verdict.rule, verdict.sentence, verdict.until, verdict.at)
        )
    answers = _answers(session, contact_id)
    written = {row.touch_id: _written(row) for row in activities if row.touch_id and row.signal_id is None}
    return tuple(
        StoryTouch(
            touch_id=touch.id,
            enrollment_id=touch.enrollment_id,
            step_id=touch.step_id,
            channel=touch.channel,
            state=touch.state,
            result=touch.result,
            planned_at=touch.planned_at,
            sent_at=touch.sent_at,
            ended_at=touch.ended_at,
            subject=touch.subject,
            body=touch.body,
            voicemail=touch.voicemail,
            seconds=touch.seconds,
            trouble=touch.trouble,
            verdicts=tuple(verdicts[touch.id]),
            answer=answers.get(touch.id),
            activity=written.get(touch.id),
        )
        for touch in rows
    )


def _answers(session: Session, contact_id: int) -> dict[str, StoryAnswer]:
    query = select(ListedTouch).join(Touch, Touch.id == ListedTouch.touch_id)
    return {
        entry.touch_id: StoryAnswer(entry.went, entry.answered_by, entry.answered_at)
        for entry in session.scalars(query.where(Touch.contact_id == contact_id))
        if entry.went is not None and entry.answered_at is not None
    }


def _signals(session: Session, contact_id: int, activities: Iterable[ActivityRow]) -> tuple[StorySignal, ...]:
    written = {row.signal_id: _written(row) for row in activities if row.signal_id is not None}
    rows = session.scalars(
        select(Signal).where(Signal.contact_id == contact_id).order_by(Signal.at, Signal.id)
    )
    return tuple(
        StorySignal(
            signal_id=signal.id,
            touch_id=signal.touch_id,
            kind=signal.kind,
            channel=signal.channel,
            subject=signal.subject,
            body=signal.body,
            note=signal.note,
            is_machine=signal.is_machine,
            at=signal.at,
            activity=written.get(signal.id),
        )
        for signal in rows
    )


def _changes(
    session: Session, enrollment_ids: list[int], activities: Iterable[ActivityRow]
) -> tuple[StoryChange, ...]:
    written = {row.change_id: _written(row) for row in activities if row.change_id is not None}
    rows = session.scalars(
        select(EnrollmentChange)
        .where(EnrollmentChange.enrollment_id.in_(enrollment_ids))
        .order_by(EnrollmentChange.at, EnrollmentChange.id)
    )
    return tuple(
        StoryChange(
            change_id=change.id,
            enrollment_id=change.enrollment_id,
            to_state=change.to_state,
            event=change.event,
            sentence=change.sentence,
            at=change.at,
            activity=written.get(change.id),
        )
        for change in rows
    )


def _task(row: ActivityRow) -> StoryTask:
    return StoryTask(
        task_id=row.id,
        subject=str(row.content.get("subject") or ""),
        body=str(row.content.get("body") or ""),
        at=row.created_at,
        activity=_written(row),
    )


def _written(row: ActivityRow) -> WrittenActivity:
    return WrittenActivity(
        kind=row.kind,
        state=row.state,
        is_behind=row.written_revision < row.revision,
        record_id=str(row.content.get("record_id") or ""),
        crm_id=row.crm_id,
        trouble=row.trouble,
        body=str(row.content.get("body") or ""),
    )
