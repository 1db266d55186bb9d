"""A call before anybody speaks: queued, ringing, then picked up or not."""

from __future__ import annotations

import datetime as dt
from typing import Any

from adapters.sandbox.people.person import People
from adapters.sandbox.people.script import NEVER_ANSWERS
from adapters.sandbox.twilio.call import ENDED, Call
from adapters.sandbox.twilio.conversation import Conversation
from adapters.sandbox.twilio.progress import Progress
from adapters.sandbox.world import SandboxWorld

_DIALED_AFTER_S = 1.0
# Twilio adds a buffer to Timeout: https://www.twilio.com/docs/voice/api/call-resource
_BUFFER_S = 5
_PICKUP_S = {"human": 6.0, "machine": 18.0}
_REFUSED_S = {"busy": 2.0, "failed": 1.0}
_STATUS = {"busy": "busy", "failed": "failed", NEVER_ANSWERS: "no-answer"}


class Ringing:
    """Takes queued calls to their answer or their end."""

    def __init__(self, world: SandboxWorld, progress: Progress, conversation: Conversation) -> None:
        self._world = world
        self._progress = progress
        self._conversation = conversation
        self._people = People(world)
        world.agenda.on("twilio.call_dialed", self._dialed)
        world.agenda.on("twilio.call_decided", self._decided)

    def start(self, call: Call) -> None:
        """Keeps a call that was just accepted and dials it shortly."""
        self._progress.keep(call)
        self._plan(call, _DIALED_AFTER_S, "twilio.call_dialed")

    def _plan(self, call: Call, after_s: float, act: str, **data: Any) -> None:
        at = self._world.clock.now() + dt.timedelta(seconds=after_s)
        self._world.agenda.add(at, act, {"sid": call["sid"], "epoch": call["epoch"], **data})

    def _current(self, data: dict[str, Any]) -> Call | None:
        call = self._progress.table.get(data["sid"])
        if call is None or call["epoch"] != data["epoch"] or call["status"] in ENDED:
            return None
        return call

    def _dialed(self, data: dict[str, Any]) -> None:
        call = self._current(data)
        if call is None:
            return
        person = self._people.at_number(call["to"])
        outcome = self._people.next_call(person) if person else NEVER_ANSWERS
        call["started"] = self._world.clock.now().isoformat()
        call["digits"] = person.script.get("press", "") if person and outcome == "human" else ""
        self._progress.tell(call, "initiated", "initiated")
        self._progress.move(call, "ringing", "ringing")
        after_s, outcome = _fate(outcome, int(call["options"]["timeout"]) + _BUFFER_S)
        self._plan(call, after_s, "twilio.call_decided", outcome=outcome)

    def _decided(self, data: dict[str, Any]) -> None:
        call = self._current(data)
        if call is None:
            return
        if data["outcome"] in _STATUS:
            self._progress.end(call, _STATUS[data["outcome"]])
        else:
            self._conversation.begin(call, data["outcome"])


def _fate(outcome: str, rings_s: int) -> tuple[float, str]:
    """How long it rings and what then happens: who would pick up too late does not."""
    if outcome in _REFUSED_S:
        return _REFUSED_S[outcome], outcome
    pickup_s = _PICKUP_S.get(outcome)
    return (rings_s, NEVER_ANSWERS) if pickup_s is None or pickup_s > rings_s else (pickup_s, outcome)
