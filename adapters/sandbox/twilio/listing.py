"""Twilio's lists: filters on addresses and times, newest first, in pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.sandbox.twilio.dates import read_bound
from adapters.sandbox.twilio.form import Field, Kind, Values, fields

Document = dict[str, Any]

PAGING = {
    "PageSize": Field(Kind.INTEGER, lowest=1, highest=1000),
    "Page": Field(Kind.INTEGER),
    "PageToken": Field(),
}
DEFAULT_PAGE_SIZE = 50


def filter_fields(times: Mapping[str, str], *exact: str) -> dict[str, Field]:
    """The query a list takes: exact filters, each time with its `<` and `>` forms, and paging."""
    names = [name + suffix for name in times for suffix in ("", "<", ">")]
    return {**fields(Kind.TEXT, exact), **fields(Kind.TEXT, names), **PAGING}


def select(
    documents: Iterable[Document], query: Values, exact: Mapping[str, str], times: Mapping[str, str]
) -> list[Document]:
    """Those that pass every filter of the query, newest first.

    `exact` and `times` say which member a filter looks at. A time that is not set yet passes no filter.
    """
    found = [
        document
        for document in documents
        if all(document[member] == query[name] for name, member in exact.items() if name in query)
        and all(_in_time(document[member], name, query) for name, member in times.items())
    ]
    return sorted(found, key=lambda document: (document["created"], document["number"]), reverse=True)


def _in_time(iso: str | None, name: str, query: Values) -> bool:
    bounds = {suffix: query[name + suffix] for suffix in ("", "<", ">") if name + suffix in query}
    if not bounds:
        return True
    if iso is None:
        return False
    at = dt.datetime.fromisoformat(iso)
    return all(_is_within(at, suffix, *read_bound(name, value)) for suffix, value in bounds.items())


def _is_within(at: dt.datetime, suffix: str, first: dt.datetime, last: dt.datetime) -> bool:
    # The parameter is written `DateSent>=…`: both open ends include their bound, to the second.
    second = at.replace(microsecond=0)
    if suffix == "<":
        return second <= last
    if suffix == ">":
        return second >= first.replace(microsecond=0)
    return first.replace(microsecond=0) <= second <= last


def page(path: str, query: Values, key: str, rows: list[Document]) -> Document:
    """One page of a list in Twilio's frame; `rows` are all answers, already in the API's shape."""
    size = int(query.get("PageSize", DEFAULT_PAGE_SIZE))
    number = int(query.get("Page", 0))
    start = number * size
    shown = rows[start : start + size]
    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": _uri(path, query, size, 0),
        "next_page_uri": _uri(path, query, size, number + 1) if start + size < len(rows) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": _uri(path, query, size, number - 1) if number else None,
        "start": start,
        "uri": _uri(path, query, size, number),
        key: shown,
    }


def _uri(path: str, query: Values, size: int, number: int) -> str:
    kept = {name: value for name, value in query.items() if name not in PAGING}
    return f"{path}?{urlencode({**kept, 'PageSize': size, 'Page': number})}"
