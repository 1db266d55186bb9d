"""What became of an activity on its way to the CRM, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.ports import ActivityKind
from connector.store.models import OutboxState
from connector.store.reads.pages_story_parts import WrittenActivity

_KINDS = {
    ActivityKind.CALL: "call",
    ActivityKind.TEXT: "text",
    ActivityKind.EMAIL: "email",
    ActivityKind.NOTE: "note",
    ActivityKind.TASK: "task",
}


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Where an activity stands: words, a tone, and its address once it is in the CRM."""

    words: str
    tone: str
    url: str = ""


def write_back(
    activity: WrittenActivity | None, link: Callable[[WrittenActivity | None], str]
) -> WriteBack | None:
    """None when nothing is to be written for it."""
    if activity is None:
        return None
    kind = _KINDS[activity.kind]
    if activity.state is OutboxState.WAITING:
        return WriteBack(f"The {kind} is about to be written to the timeline", "plain")
    if activity.state is OutboxState.UNCONFIRMED:
        return WriteBack(f"Looking whether the {kind} stands on the timeline", "waiting")
    if activity.state is OutboxState.REFUSED:
        why = f": {activity.trouble}" if activity.trouble else ""
        return WriteBack(f"The {kind} was refused{why}", "stopped")
    words = f"The {kind} on the timeline" + (", an update is on its way" if activity.is_behind else "")
    return WriteBack(words, "plain", link(activity))
