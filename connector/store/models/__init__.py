"""All models, so that the metadata is complete."""

from __future__ import annotations

from connector.store.models.account import (
    Account,
    ApiKey,
    Installation,
    InstallationState,
    Invitation,
    Owner,
    Reconciliation,
    Role,
    Uninstall,
    User,
)
from connector.store.models.base import Base
from connector.store.models.boxes import (
    ActivityRow,
    ContactWrite,
    InboxEvent,
    InboxState,
    OutboxState,
)
from connector.store.models.caps import CapsAct, CapsChange
from connector.store.models.contact import (
    Contact,
    CrmRecord,
    StaleRecord,
    Suppression,
    SuppressionReason,
)
from connector.store.models.enrollment import (
    Enrollment,
    EnrollmentChange,
    SequenceRow,
    SequenceVersion,
)
from connector.store.models.inbound import InboundCall, InboundCallState
from connector.store.models.newcomer import Newcomer, NewcomerState, UnknownText
from connector.store.models.touch import Conversation, ListedTouch, Signal, Touch, VerdictRow

__all__ = [
    "Account",
    "ActivityRow",
    "ApiKey",
    "Base",
    "CapsAct",
    "CapsChange",
    "Contact",
    "ContactWrite",
    "Conversation",
    "CrmRecord",
    "Enrollment",
    "EnrollmentChange",
    "InboundCall",
    "InboundCallState",
    "InboxEvent",
    "InboxState",
    "Installation",
    "InstallationState",
    "Invitation",
    "ListedTouch",
    "Newcomer",
    "NewcomerState",
    "OutboxState",
    "Owner",
    "Reconciliation",
    "Role",
    "SequenceRow",
    "SequenceVersion",
    "Signal",
    "StaleRecord",
    "Suppression",
    "SuppressionReason",
    "Touch",
    "Uninstall",
    "UnknownText",
    "User",
    "VerdictRow",
]
