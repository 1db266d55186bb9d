"""What a script may say of a lead, checked, and the few shapes brought to one."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

Script = dict[str, Any]

CALL_OUTCOMES = ("human", "machine", "no_answer", "busy", "failed")
NEVER_ANSWERS = "no_answer"
OWNER_PICKS_UP = "human"
NO_CALENDAR = "books is not offered: no calendar is connected to this sandbox."
_DIGITS = frozenset("0123456789*#")


class ScriptError(ValueError):
    """A script that cannot be read. `status` is 400, or 409 for what is not offered here."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def read_script(given: Any) -> Script:
    """A script from its JSON; an empty object is a lead who never answers.

    `call` is an outcome or a list of outcomes, used up one a call, the last one repeating; `owner` the
    same for the phone that a call of the lead is put through to (human); `press` the digits pressed
    during a call; `reply` one or several of `{"channel", "text", "after_s", "nth"}`, sent
    `after_s` seconds after the `nth` (1) text, or mail, the lead receives; `opens`, `machine_opens` and
    `clicks` how many times a mail is opened or its first link followed (true is once); `unsubscribes`
    whether the mail program's unsubscribe button is used. Raises ScriptError.
    """
    if not isinstance(given, dict):
        raise ScriptError("a script is a JSON object")
    unknown = sorted(set(given) - set(_READERS))
    if unknown:
        raise ScriptError(f"unknown members: {', '.join(unknown)}; known are {', '.join(sorted(_READERS))}")
    return {name: _READERS[name](name, value) for name, value in given.items()}


def _zone(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in zoneinfo.available_timezones():
        raise ScriptError(f"{name} is an IANA zone such as America/Denver, not {value!r}")
    return value


def _calls(name: str, value: Any) -> list[str]:
    outcomes = value if isinstance(value, list) else [value]
    if not outcomes or any(outcome not in CALL_OUTCOMES for outcome in outcomes):
        raise ScriptError(f"{name} is one of {', '.join(CALL_OUTCOMES)}, or a list of them, not {value!r}")
    return outcomes


def _digits(name: str, value: Any) -> str:
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not digits or not set(digits) <= _DIGITS:
        raise ScriptError(f"{name} is one or more of 0 to 9, * and #, not {value!r}")
    return digits


def _replies(name: str, value: Any) -> list[dict[str, Any]]:
    return [_reply(name, reply) for reply in (value if isinstance(value, list) else [value])]


def _reply(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {"channel", "text", "after_s", "nth"}:
        raise ScriptError(f"{name} is an object with channel, text, after_s and perhaps nth, not {value!r}")
    if value.get("channel") not in ("sms", "email"):
        raise ScriptError(f"{name}.channel is sms or email, not {value.get('channel')!r}")
    if not isinstance(value.get("text"), str) or not value["text"].strip():
        raise ScriptError(f"{name}.text is missing")
    after_s, nth = value.get("after_s", 60), value.get("nth", 1)
    if isinstance(after_s, bool) or not isinstance(after_s, int | float) or after_s < 0:
        raise ScriptError(f"{name}.after_s is a number of seconds from 0, not {after_s!r}")
    if not _is_whole(nth) or nth < 1:
        raise ScriptError(f"{name}.nth is a whole number from 1, not {nth!r}")
    return {"channel": value["channel"], "text": value["text"], "after_s": after_s, "nth": nth}


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if not _is_whole(value) or not 0 <= value <= 100:
        raise ScriptError(f"{name} is true, false or a number from 0 to 100, not {value!r}")
    return int(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ScriptError(f"{name} is true or false, not {value!r}")
    return value


def _not_offered(_name: str, _value: Any) -> bool:
    raise ScriptError(NO_CALENDAR, status=409)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "timezone": _zone,
    "call": _calls,
    "owner": _calls,
    "press": _digits,
    "reply": _replies,
    "opens": _count,
    "machine_opens": _count,
    "clicks": _count,
    "unsubscribes": _flag,
    "books": _not_offered,
}
