"""How the page says times, lengths and what CRM bodies hold."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

_MARKER = re.compile(r"\s*\[[a-z]+:[a-z0-9:_-]{1,80}\]\s*$")
_BREAKS = frozenset({"br", "p", "div", "li"})


def said_at(iso: str, zone: str) -> str:
    """`Tue 2 Mar, 9:50`, on the lead's own clock."""
    at = dt.datetime.fromisoformat(iso.replace("Z", "+00:00")).astimezone(ZoneInfo(zone))
    return f"{at:%a} {at.day} {at:%b}, {at.hour}:{at:%M}"


def said_length(seconds: int) -> str:
    """`1 min 12 s`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def plain(body: str) -> str:
    """The text of a body that may be HTML."""
    if "<" not in body and "&" not in body:
        return body.strip()
    reader = _TextReader()
    reader.feed(body)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


def without_marker(text: str) -> tuple[str, str]:
    """The text, and the marker line an app has put at its end (empty if none)."""
    found = _MARKER.search(text)
    return (text[: found.start()].rstrip(), found.group().strip()) if found else (text, "")


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS and (tag == "br" or self.parts):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
