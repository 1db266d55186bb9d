"""Email activity: the query language of GET /v3/messages, as far as look-ups need it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from adapters.sandbox.sendgrid.errors import QueryError

Doc = dict[str, Any]
Test = Callable[[Doc], bool]

# https://www.twilio.com/docs/sendgrid/for-developers/sending-email/getting-started-email-activity-api
_MEMBERS = {
    "to_email": "to",
    "from_email": "from",
    "subject": "subject",
    "status": "status",
    "msg_id": "id",
}
_COMPARISON = re.compile(r"""(?P<name>\w+)\s*(?P<verb>=|!=|LIKE)\s*(?P<quote>["'])(?P<value>.*?)(?P=quote)""")
_UNIQUE_ARG = re.compile(
    r"""\(?unique_args\[(?P<q>["'])(?P<name>.+?)(?P=q)\]\s*=\s*(?P<quote>["'])(?P<value>.*?)(?P=quote)\)?"""
)
_TIMES = re.compile(
    r"""last_event_time\s+BETWEEN\s+TIMESTAMP\s+["'](?P<first>[^"']+)["']"""
    r"""\s+AND\s+TIMESTAMP\s+["'](?P<last>[^"']+)["']"""
)
_JOINT = re.compile(r"\s+(?P<word>AND|OR)\s+")
#: https://www.twilio.com/docs/sendgrid/api-reference/email-activity/filter-all-messages
_MOST_CONDITIONS = 160
_PATTERNS = (_UNIQUE_ARG, _TIMES, _COMPARISON)


def read_query(query: str) -> Test:
    """The test a mail must pass: conditions joined by AND, and by OR, which binds less.

    Raises QueryError for what is not understood, and for more conditions than SendGrid takes.
    """
    rest, ways = query.strip(), [list[Test]()]
    while rest:
        test, rest = _take(rest)
        ways[-1].append(test)
        if rest:
            joint = _JOINT.match(rest)
            if joint is None:
                raise QueryError(f"invalid syntax: '{rest}'")
            rest = rest[joint.end() :]
            if joint["word"] == "OR":
                ways.append([])
    if not all(ways):
        raise QueryError("invalid syntax: the query is empty")
    if sum(map(len, ways)) > _MOST_CONDITIONS:
        raise QueryError(f"a query has at most {_MOST_CONDITIONS} conditions")
    return lambda mail: any(all(test(mail) for test in tests) for tests in ways)


def _take(rest: str) -> tuple[Test, str]:
    for pattern in _PATTERNS:
        found = pattern.match(rest)
        if found:
            return _READERS[pattern](found), rest[found.end() :]
    raise QueryError(f"invalid syntax: '{rest}'")


def _unique_arg(found: re.Match[str]) -> Test:
    name, value = found["name"], found["value"]
    return lambda mail: mail["custom_args"].get(name) == value


def _times(found: re.Match[str]) -> Test:
    first, last = _instant(found["first"]), _instant(found["last"])
    return lambda mail: first <= dt.datetime.fromisoformat(mail["last_event_at"]) <= last


def _comparison(found: re.Match[str]) -> Test:
    member = _MEMBERS.get(found["name"])
    if member is None:
        raise QueryError(f"invalid syntax: '{found['name']}' is not a known field")
    value = found["value"].lower()
    if found["verb"] == "LIKE":
        pattern = re.compile(".*".join(re.escape(part) for part in value.split("%")), re.DOTALL)
        return lambda mail: bool(pattern.fullmatch(str(mail[member]).lower()))
    wanted = found["verb"] == "="
    return lambda mail: (str(mail[member]).lower() == value) is wanted


def _instant(text: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise QueryError(f"invalid syntax: '{text}' is not a timestamp") from None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


_READERS: dict[re.Pattern[str], Callable[[re.Match[str]], Test]] = {
    _UNIQUE_ARG: _unique_arg,
    _TIMES: _times,
    _COMPARISON: _comparison,
}


def shown(mail: Doc) -> Doc:
    """A mail in the list's shape."""
    last = dt.datetime.fromisoformat(mail["last_event_at"]).astimezone(dt.UTC)
    return {
        "from_email": mail["from"],
        "msg_id": mail["id"],
        "subject": mail["subject"],
        "to_email": mail["to"],
        "status": mail["status"],
        "opens_count": mail["opens"],
        "clicks_count": mail["clicks"],
        "last_event_time": last.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
