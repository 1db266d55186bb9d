"""An outbox as touches leave it: activities that wait to be written, and how many still do."""

from __future__ import annotations

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bench.follow_up import steps_for
from bench.leads import Home
from bench.scene import Scene
from bench.words import BODY, SUBJECT
from connector.domain.touch import Result
from connector.ports import Activity, ActivityKind
from connector.store.models import ActivityRow, Contact, ContactWrite, OutboxState
from connector.use_cases.timeline import pack

_KINDS = {"call-1": ActivityKind.CALL, "text-1": ActivityKind.TEXT, "email-1": ActivityKind.EMAIL}
_RESULTS = {
    ActivityKind.CALL: Result.NO_ANSWER,
    ActivityKind.TEXT: Result.SENT,
    ActivityKind.EMAIL: Result.SENT,
}


def add_activities(scene: Scene, home: Home, first: int, count: int) -> None:
    """An activity for each of these contacts, calls, texts and mails as the follow-up has them."""
    scene.world.sessions.run(lambda session: _add(scene, session, home, first, count))


def _add(scene: Scene, session: Session, home: Home, first: int, count: int) -> None:
    contacts = session.scalars(
        select(Contact).where(Contact.id.between(first, first + count - 1)).order_by(Contact.id)
    )
    now = scene.world.outside.clock.now()
    activities = [
        Activity(
            key=f"touch:t_{contact.id:024x}",
            kind=_KINDS[step],
            record_id=str(contact.id),
            at=now,
            body=BODY,
            subject=SUBJECT,
            result=_RESULTS[_KINDS[step]].value,
            owner_id=contact.owner_id,
            from_address="+12025550100",
            to_address=contact.email if step == "email-1" else contact.phone,
        )
        for contact, step in zip(contacts, steps_for(count), strict=True)
    ]
    session.execute(
        insert(ActivityRow),
        [
            {
                "account_id": home.account_id,
                "installation_id": home.installation_id,
                "contact_id": int(activity.record_id),
                "key": activity.key,
                "kind": activity.kind,
                "content": pack(activity),
                "state": OutboxState.WAITING,
                "created_at": now,
            }
            for activity in activities
        ],
    )


def open_activities(scene: Scene) -> int:
    """How many activities are not written yet."""
    with scene.world.sessions.read() as session:
        is_open = ActivityRow.state.in_((OutboxState.WAITING, OutboxState.UNCONFIRMED))
        return int(session.scalar(select(func.count()).select_from(ActivityRow).where(is_open)) or 0)


def open_statuses(scene: Scene) -> int:
    """How many contacts' properties are behind."""
    with scene.world.sessions.read() as session:
        is_behind = ContactWrite.written_revision < ContactWrite.revision
        return int(session.scalar(select(func.count()).select_from(ContactWrite).where(is_behind)) or 0)
