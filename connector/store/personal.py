"""Which columns hold something about a person: what an erasure blanks, and what it may leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from connector.domain.channels import Consent
from connector.store.models import (
    ActivityRow,
    Base,
    CapsChange,
    Contact,
    ContactWrite,
    Conversation,
    CrmRecord,
    Enrollment,
    EnrollmentChange,
    ListedTouch,
    Signal,
    Touch,
    VerdictRow,
)

#: Stands where a sentence about the contact stood.
GONE = "Erased."


@dataclass(frozen=True, slots=True)
class Personal:
    """A table about contacts: what is put in place of what; every other column may stay."""

    blanks: Mapping[str, Any] = field(default_factory=dict)
    #: Columns of free text that stay, because what stands there is ours and says nothing of a person.
    stays: frozenset[str] = frozenset()


_NAMES_AND_WISHES = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "email_key",
    "phone_key",
    "mobile_key",
    "owner_id",
    "time_zone",
    "lifecycle",
    "source",
    "topic",
    "company",
    "consent_evidence",
)

#: By model, in the order in which rows refer to each other. JSON columns are not here: what is in them is
#: emptied by `connector.use_cases.erase`, which knows their shapes.
PERSONAL: Mapping[type[Base], Personal] = {
    Contact: Personal(
        {**dict.fromkeys(_NAMES_AND_WISHES, ""), "consent": Consent.NONE}, stays=frozenset({"caps"})
    ),
    CapsChange: Personal(stays=frozenset({"caps", "changed_by"})),
    CrmRecord: Personal(stays=frozenset({"object", "record_id"})),
    ContactWrite: Personal({"trouble": ""}, stays=frozenset({"record_id"})),
    Enrollment: Personal(
        {"request_key": None, "waiting_for": ""},
        stays=frozenset({"record_id", "step_id", "enrolled_by"}),
    ),
    EnrollmentChange: Personal({"sentence": GONE}),
    Touch: Personal(
        {
            "to_address": "",
            "subject": "",
            "body": "",
            "voicemail": "",
            "trouble": "",
            "provider_id": "",
            "message_id": "",
        },
        stays=frozenset({"id", "cause", "step_id", "from_address", "provider", "provider_status"}),
    ),
    ListedTouch: Personal({"why": ""}, stays=frozenset({"touch_id", "answered_by"})),
    VerdictRow: Personal({"sentence": GONE}, stays=frozenset({"touch_id", "rule"})),
    Signal: Personal(
        {"subject": "", "body": "", "note": "", "from_address": "", "to_address": ""},
        stays=frozenset({"touch_id", "kind", "dedupe_key"}),
    ),
    Conversation: Personal({"their_address": ""}, stays=frozenset({"our_address"})),
    ActivityRow: Personal({"trouble": ""}, stays=frozenset({"touch_id", "key", "crm_id"})),
}


def belongs_to(model: type[Base], contact_id: int) -> ColumnElement[bool]:
    """The clause of a model's rows that are about a contact."""
    columns = model.__table__.columns
    if model is Contact:
        return Contact.id == contact_id
    if "contact_id" in columns:
        return columns["contact_id"] == contact_id
    if "touch_id" in columns:
        return columns["touch_id"].in_(_ids(Touch, contact_id))
    return columns["enrollment_id"].in_(_ids(Enrollment, contact_id))


def _ids(model: type[Touch] | type[Enrollment], contact_id: int) -> Select[Any]:
    return select(model.id).where(model.contact_id == contact_id)
