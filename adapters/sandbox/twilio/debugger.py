"""Twilio's debugger: what went wrong on the product's side, by code, for the people who look."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.world import SandboxWorld

TABLE = "twilio_debugger"


class Debugger:
    """A list of alerts, as Twilio's console keeps one."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._table = world.store.table(TABLE)

    def note(self, sid: str, code: int, sentence: str) -> None:
        """Adds an alert about a message or call."""
        with self._world.store.lock:
            id_ = str(self._world.store.next_id(TABLE))
            at = self._world.clock.now().isoformat()
            self._table.put(id_, {"id": id_, "sid": sid, "code": code, "message": sentence, "at": at})

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts, oldest first."""
        return [dict(alert) for _, alert in self._table.items()]
