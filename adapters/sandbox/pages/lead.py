"""The lead's side: phone and inbox, what the script says, and which scripts can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.pages.words import said_length
from adapters.sandbox.people.device import Devices, Item
from adapters.sandbox.people.directory import Contact, email_of, number_of
from adapters.sandbox.people.script import Script
from adapters.sandbox.world import SandboxWorld

CHOICES: dict[str, tuple[str, Script]] = {
    "silent": ("Never answers", {}),
    "voicemail": ("Lets voicemail answer", {"call": ["machine"]}),
    "connects": ("Picks up and presses 1", {"call": ["human"], "press": "1"}),
    "listens": ("Picks up and listens", {"call": ["human"]}),
    "refuses": ("Picks up and presses 9", {"call": ["human"], "press": "9"}),
    "busy": ("Is on the phone", {"call": ["busy"]}),
    "answers": (
        "Answers the next text",
        {
            "reply": [
                {
                    "channel": "sms",
                    "text": "Yes, still interested. What comes next?",
                    "after_s": 120,
                    "nth": 1,
                }
            ]
        },
    ),
    "mails_back": (
        "Answers the next mail",
        {
            "reply": [
                {
                    "channel": "email",
                    "text": "Thanks for writing. Could somebody call me on Thursday?",
                    "after_s": 600,
                    "nth": 1,
                }
            ]
        },
    ),
    "unsubscribes": ("Unsubscribes from the next mail", {"unsubscribes": True}),
}
"""What the page's buttons set: key -> (label, script)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something on the phone or in the inbox, in words. `side` is "in" (to the lead) or "out"."""

    id: str
    icon: str
    side: str
    kind: str
    title: str
    text: str
    note: str
    at: str


def phone_of(world: SandboxWorld, contact: Contact) -> list[Seen]:
    """What the lead has on the phone and in the inbox, newest first."""
    devices = Devices(world.store)
    items = [
        item
        for address in (number_of(contact), email_of(contact))
        if address
        for item in devices.items(address)
    ]
    items.sort(key=lambda item: item["at"])
    return [_seen(item) for item in reversed(items)]


def said_script(script: Script) -> str:
    """A script in a sentence."""
    parts = [_SAY[name](value) for name, value in script.items() if name in _SAY and value]
    return (", ".join(parts) or "never answers").capitalize() + "."


def _seen(item: Item) -> Seen:
    icon, kind, title, text = _READERS[item["kind"]](item)
    return Seen(item["id"], icon, item["direction"], kind, title, text, item.get("note", ""), item["at"])


def _text(item: Item) -> tuple[str, str, str, str]:
    return "text", "Text" if item["direction"] == "in" else "Text from the lead", "", item["text"]


def _call(item: Item) -> tuple[str, str, str, str]:
    length = f", {said_length(item['seconds'])}" if item.get("seconds") else ""
    pressed = f", pressed {item['pressed']}" if item.get("pressed") else ""
    taken = "Called us" if item["direction"] == "out" else "Picked up"
    return "call", f"{taken}{length}{pressed}", "", "\n".join(item["heard"])


def _voicemail(item: Item) -> tuple[str, str, str, str]:
    return "voicemail", "Voicemail", "", "\n".join(item["heard"])


def _missed(_item: Item) -> tuple[str, str, str, str]:
    return "missed", "Missed call", "", ""


def _mail(item: Item) -> tuple[str, str, str, str]:
    kind = f"Mail from {item.get('from_name') or item['from']}{', read' if item.get('is_read') else ''}"
    return "mail", kind, item["subject"], item["text"]


def _mail_reply(item: Item) -> tuple[str, str, str, str]:
    return "mail", "Mail from the lead", item.get("subject", ""), item["text"]


_READERS = {
    "text": _text,
    "call": _call,
    "voicemail": _voicemail,
    "missed": _missed,
    "mail": _mail,
    "mail_reply": _mail_reply,
}

_CALL_WORDS = {
    "human": "picks up",
    "machine": "voicemail",
    "no_answer": "no answer",
    "busy": "busy",
    "failed": "out of reach",
}


def _said_outcomes(outcomes: list[str]) -> str:
    return " then ".join(_CALL_WORDS[outcome] for outcome in outcomes)


def _say_replies(replies: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"answers “{reply['text']}” after {said_length(int(reply['after_s']))}" for reply in replies
    )


_SAY: dict[str, Callable[[Any], str]] = {
    "call": lambda outcomes: f"calls: {_said_outcomes(outcomes)}",
    "owner": lambda outcomes: f"put through to the owner: {_said_outcomes(outcomes)}",
    "press": lambda digits: f"presses {digits}",
    "reply": _say_replies,
    "opens": lambda _: "reads mails",
    "machine_opens": lambda _: "a scanner opens mails",
    "clicks": lambda _: "follows links",
    "unsubscribes": lambda _: "unsubscribes from the next mail",
}
