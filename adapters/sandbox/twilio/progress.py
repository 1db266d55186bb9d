"""A call's state: moved, kept, told to the product, and seen on the lead's phone."""

from __future__ import annotations

import math

from adapters.sandbox.core.store import Table
from adapters.sandbox.people.device import Devices
from adapters.sandbox.twilio.call import ENDED, TABLE, Call, is_inbound, lead_of, params, seconds
from adapters.sandbox.twilio.callback import Callbacks
from adapters.sandbox.twilio.dates import rfc_2822
from adapters.sandbox.world import SandboxWorld

# What the network answers to the invitation, by how the call ended.
_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}


class Progress:
    """Moves calls and posts the status callbacks that were asked for."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._callbacks = Callbacks(world)
        self._devices = Devices(world.store)

    @property
    def table(self) -> Table:
        """All calls by sid."""
        return self._world.store.table(TABLE)

    def keep(self, call: Call) -> None:
        """Writes a changed call down."""
        call["updated"] = self._world.clock.now().isoformat()
        self.table.put(call["sid"], call)

    def move(self, call: Call, status: str, event: str) -> None:
        """Gives the call a status and tells of `event` (initiated, ringing, answered, completed)."""
        call["status"] = status
        self._tell(call, event)
        self.keep(call)

    def tell(self, call: Call, event: str, status: str) -> None:
        """Tells of an event whose status the call does not keep, such as `initiated`."""
        self._tell({**call, "status": status}, event)
        call["sequence"] += 1

    def end(self, call: Call, status: str) -> None:
        """Ends the call; acts planned for it become void. Nothing happens to a call that has ended."""
        if call["status"] in ENDED:
            return
        call["epoch"] += 1
        call["asking"] = None
        call["ended"] = self._world.clock.now().isoformat()
        self.move(call, status, "completed")
        if is_inbound(call):
            self.show(call, seconds=seconds(call))
        elif status == "no-answer":
            self.show(call, kind="missed")
        elif status == "completed":
            self.show(call, seconds=seconds(call))

    def show(self, call: Call, **members: object) -> None:
        """Puts the call, as it stands, on the lead's phone."""
        item = {
            "id": call["sid"],
            "kind": "call" if call["answered_by"] in (None, "human") else "voicemail",
            "direction": "out" if is_inbound(call) else "in",
            "at": call["started"],
            "from": call["from"],
            "heard": call["heard"],
            "pressed": call["pressed"],
            "note": call["note"],
        }
        self._devices.put(lead_of(call), {**item, **members})

    def _tell(self, call: Call, event: str) -> None:
        options = call["options"]
        if not options.get("callback") or event not in options["events"]:
            return
        told = {
            **params(call),
            "Timestamp": rfc_2822(self._world.clock.now().isoformat()) or "",
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call["sequence"]),
        }
        if event == "completed":
            told["CallDuration"] = str(seconds(call))
            told["Duration"] = str(math.ceil(seconds(call) / 60))
            told["SipResponseCode"] = _SIP[call["status"]]
        call["sequence"] += 1
        self._callbacks.post(f"call.{call['status']}", options["callback"], told)
