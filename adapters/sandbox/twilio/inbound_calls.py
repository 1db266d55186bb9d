"""A lead's call arriving at our number: the product is asked what to do, as the number is configured."""

from __future__ import annotations

from adapters.sandbox.twilio.call import new_call
from adapters.sandbox.twilio.conversation import Conversation
from adapters.sandbox.twilio.progress import Progress
from adapters.sandbox.world import SandboxWorld

VOICE_PATH = "/voice/twilio/incoming"
STATUS_PATH = "/webhooks/twilio/call-status"
_LONGEST_S = 14400


class InboundCalls:
    """Receives calls to our one number."""

    def __init__(self, world: SandboxWorld, progress: Progress, conversation: Conversation) -> None:
        self._world = world
        self._progress = progress
        self._conversation = conversation

    def receive(self, lead: str) -> str:
        """Takes a call from the lead's number to ours, at once; returns its sid."""
        with self._world.store.lock:
            call = new_call(
                self._world,
                to=self._world.credentials.twilio.from_number,
                from_=lead,
                status="ringing",
                direction="inbound",
                started=self._world.clock.now().isoformat(),
                options=self._configured(),
            )
            self._progress.keep(call)
            self._progress.show(call)
            self._conversation.take_in(call)
        return str(call["sid"])

    def _configured(self) -> dict[str, object]:
        """What the number's page at Twilio says: where to ask, and where to report the end."""
        return {
            "url": self._world.app_url + VOICE_PATH,
            "callback": self._world.app_url + STATUS_PATH,
            "events": ["completed"],
            "time_limit": _LONGEST_S,
        }
