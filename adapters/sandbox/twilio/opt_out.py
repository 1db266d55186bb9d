"""Twilio's default keywords: STOP blocks, START lifts, HELP explains."""

from __future__ import annotations

from enum import StrEnum

from adapters.sandbox.core.store import Store

# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: only a message that is the word alone.
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})


class Keyword(StrEnum):
    """What a single-word text asks of Twilio itself."""

    STOP = "stop"
    START = "start"
    HELP = "help"


ANSWERS = {
    Keyword.STOP: (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    Keyword.START: (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def read_keyword(body: str) -> Keyword | None:
    """The keyword a text consists of, if it is one: "stop please" is not."""
    word = body.strip().upper()
    for keyword, known in ((Keyword.STOP, _STOP), (Keyword.START, _START), (Keyword.HELP, _HELP)):
        if word in known:
            return keyword
    return None


class Blocks:
    """Which of our numbers may not text which lead any more."""

    def __init__(self, store: Store) -> None:
        self._table = store.table("twilio_blocks")

    def block(self, ours: str, lead: str) -> None:
        """Refuses texts from our number to the lead from now on (error 21610)."""
        self._table.put(f"{ours} {lead}", {"ours": ours, "lead": lead})

    def lift(self, ours: str, lead: str) -> None:
        """Lets texts through again."""
        self._table.delete(f"{ours} {lead}")

    def is_blocked(self, ours: str, lead: str) -> bool:
        """Whether the lead has opted out of our number."""
        return f"{ours} {lead}" in self._table
