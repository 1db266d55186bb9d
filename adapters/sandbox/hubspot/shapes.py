"""Records, batches and pages as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify

from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.object_types import TYPES, ObjectType

_UI = "https://app.hubspot.com/contacts/{portal}/record/{type_id}/{id}"
_MAIL_BODIES = ("hs_email_text", "hs_email_html", "hs_email_subject")


class Shapes:
    """Shows records of one portal."""

    def __init__(self, portal_id: int) -> None:
        self._portal_id = portal_id

    def record(
        self,
        type_: ObjectType,
        record: Doc,
        asked: Sequence[str] = (),
        history: Sequence[str] = (),
        *,
        is_redacted: bool = False,
    ) -> Doc:
        """A record with the properties asked for, or the type's default ones.

        A property that is asked for and has no value is shown as null.
        """
        names = {*(asked or type_.shown_by_default), "hs_object_id"}
        names |= {type_.created_property, type_.modified_property, *history}
        held = record["properties"]
        shown: Doc = {
            "id": record["id"],
            "properties": {name: held.get(name) for name in sorted(names)},
            "createdAt": record["created_at"],
            "updatedAt": record["updated_at"],
            "archived": record["archived"],
            "url": _UI.format(portal=self._portal_id, type_id=type_.id, id=record["id"]),
        }
        if is_redacted:
            shown["properties"].update({name: None for name in _MAIL_BODIES if name in names})
        if record["archived"]:
            shown["archivedAt"] = record["archived_at"]
        if history:
            shown["propertiesWithHistory"] = {name: record["history"].get(name, []) for name in history}
        return shown

    def written(
        self, type_: ObjectType, record: Doc, given: Sequence[str], trace_id: str | None = None
    ) -> Doc:
        """A record as the answer to a write: what was written and what HubSpot added."""
        shown = self.record(type_, record, [*given, *type_.shown_by_default])
        shown["properties"] = {
            name: value for name, value in shown["properties"].items() if value is not None
        }
        if trace_id is not None:
            shown["objectWriteTraceId"] = trace_id
        return shown

    def associations(self, type_: ObjectType, record: Doc, to_types: Sequence[str]) -> Doc:
        """What a record is associated with, by type, as a read with `associations` shows it."""
        shown: Doc = {}
        for name in to_types:
            ids = record["links"].get(name, {})
            if ids:
                label = f"{type_.singular}_to_{TYPES[name].singular}"
                shown[name] = {"results": [{"id": id_, "type": label} for id_ in ids]}
        return shown


def batch(results: list[Doc], errors: list[Doc], now: str, *, ok: int = 200) -> tuple[Response, int]:
    """A batch's answer: 207 when some inputs failed."""
    answer: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": now,
        "completedAt": now,
    }
    if errors:
        answer.update(numErrors=len(errors), errors=errors)
    return jsonify(answer), 207 if errors else ok


def page(results: list[Doc], after: str | None, link: str) -> Doc:
    """A page of a collection, with the way to the next."""
    if after is None:
        return {"results": results}
    joint = "&" if "?" in link else "?"
    return {"results": results, "paging": {"next": {"after": after, "link": f"{link}{joint}after={after}"}}}
