"""What a contact's story is made of, as plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from connector.domain.caps import OwnCaps
from connector.domain.channels import Channel, Consent
from connector.domain.enrollment import Event, Outcome, State
from connector.domain.policy.verdict import Decision
from connector.domain.touch import Result, TouchState
from connector.ports import ActivityKind
from connector.store.models import OutboxState


@dataclass(frozen=True, slots=True)
class WrittenActivity:
    """What stands, or is to stand, on the CRM's timeline. `crm_id` is empty until it does."""

    kind: ActivityKind
    state: OutboxState
    is_behind: bool
    record_id: str
    crm_id: str
    trouble: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class StoryVerdict:
    """What policy said, and when."""

    decision: Decision
    rule: str
    sentence: str
    until: dt.datetime | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class StorySignal:
    """Something that came back."""

    signal_id: int
    touch_id: str | None
    kind: str
    channel: Channel
    subject: str
    body: str
    note: str
    is_machine: bool
    at: dt.datetime
    activity: WrittenActivity | None


@dataclass(frozen=True, slots=True)
class StoryAnswer:
    """What was said of a touch that was listed for a person: by a user, or by the provider's late news."""

    went: bool
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class StoryTouch:
    """A touch with its verdicts, oldest first."""

    touch_id: str
    enrollment_id: int
    step_id: str
    channel: Channel
    state: TouchState
    result: Result | None
    planned_at: dt.datetime
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None
    subject: str
    body: str
    voicemail: str
    seconds: int | None
    trouble: str
    verdicts: tuple[StoryVerdict, ...]
    answer: StoryAnswer | None
    activity: WrittenActivity | None


@dataclass(frozen=True, slots=True)
class StoryChange:
    """A change of an enrollment's state; `event` is None for its beginning."""

    change_id: int
    enrollment_id: int
    to_state: State
    event: Event | None
    sentence: str
    at: dt.datetime
    activity: WrittenActivity | None


@dataclass(frozen=True, slots=True)
class StoryTask:
    """A task for the owner: a handoff with the whole story."""

    task_id: int
    subject: str
    body: str
    at: dt.datetime
    activity: WrittenActivity


@dataclass(frozen=True, slots=True)
class StoryEnrollment:
    """One time through a sequence."""

    enrollment_id: int
    sequence_key: str
    sequence_name: str
    version: int
    definition: dict[str, Any]
    state: State
    outcome: Outcome | None
    step_id: str | None
    next_touch_at: dt.datetime | None
    waiting_for: str
    enrolled_at: dt.datetime
    enrolled_by: str
    ended_at: dt.datetime | None
    is_handed_off: bool


@dataclass(frozen=True, slots=True)
class StoryContact:
    """Who it is about, and the record that stands for them in the CRM."""

    contact_id: int
    name: str
    email: str
    phone: str
    mobile: str
    company: str
    topic: str
    owner_name: str
    time_zone: str
    phones: tuple[str, ...]
    consent: Consent
    is_text_opted_out: bool
    is_call_opted_out: bool
    is_email_opted_out: bool
    is_deleted: bool
    crm: str
    external_account: str
    ui_domain: str
    record_id: str
    caps: OwnCaps


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one contact; enrollments newest first, the rest oldest first."""

    contact: StoryContact
    enrollments: tuple[StoryEnrollment, ...]
    touches: tuple[StoryTouch, ...]
    signals: tuple[StorySignal, ...]
    changes: tuple[StoryChange, ...]
    tasks: tuple[StoryTask, ...]

    @property
    def live(self) -> StoryEnrollment | None:
        """The enrollment that has not ended, of which there is at most one."""
        return next((one for one in self.enrollments if one.state is not State.ENDED), None)

    @property
    def latest(self) -> StoryEnrollment | None:
        """The live enrollment, else the one that ended last."""
        return self.live or (self.enrollments[0] if self.enrollments else None)
