"""What lies on a lead's phone and in a lead's inbox: what a person would see, not what a vendor knows."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.core.store import Store

Item = dict[str, Any]


class Devices:
    """Items by number or mail address, oldest first.

    An item has `id`, `kind` (text, call, voicemail, missed, mail, mail_reply), `at` (ISO, the run's time)
    and `direction` (in: to the lead, out: from the lead), and what its kind needs: `text`, `heard`,
    `pressed`, `seconds`, `subject`, `from`, `note`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("devices")

    def put(self, address: str, item: Item) -> None:
        """Adds an item, or replaces the one with its id in place."""
        with self._store.lock:
            held = self._table.get(_key(address)) or {"items": {}}
            held["items"][item["id"]] = item
            self._table.put(_key(address), held)

    def change(self, address: str, id_: str, **members: Any) -> None:
        """Sets members of an item; nothing happens if it is not there."""
        with self._store.lock:
            held = self._table.get(_key(address))
            if held and id_ in held["items"]:
                held["items"][id_].update(members)
                self._table.put(_key(address), held)

    def items(self, address: str) -> list[Item]:
        """Copies of all items at an address."""
        with self._store.lock:
            held = self._table.get(_key(address))
            return [dict(item) for item in held["items"].values()] if held else []


def _key(address: str) -> str:
    return address.strip().lower()
