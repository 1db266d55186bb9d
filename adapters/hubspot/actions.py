"""The workflow action "Enroll in follow-up" and the list of sequences its editor offers.

https://developers.hubspot.com/docs/api-reference/automation-actions-v4-v4/custom-action-reference
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.hubspot.bodies import is_id, parse
from adapters.hubspot.signatures import V3_HEADER, header, verify_v2, verify_v3
from connector.ports import (
    ActionAnswer,
    ActionCall,
    BadRequestBodyError,
    Clock,
    OptionsCall,
    RawRequest,
    Rendered,
    SequenceOption,
)
from connector.settings import Settings

_JSON = "application/json"
_EXPECTED_ACTION = "a workflow action with callbackId, origin.portalId, object.objectId and inputFields"
_EXPECTED_OPTIONS = "a request for options with origin.portalId"
#: The workflow goes on at once: how the enrollment fared is in the outputs, to branch on.
_GO_ON = "SUCCESS"
#: HubSpot's have some 30 characters; ours is indexed.
_LONGEST_CALLBACK = 200


class HubSpotActions:
    """Implements `connector.ports.ActionDoor`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def accept_action(self, request: RawRequest) -> ActionCall:
        """Verify (v3 when its header is there, else v2) and read."""
        self._verify(request)
        body = _mapping(parse(request, _EXPECTED_ACTION))
        record, callback_id = _mapping(body.get("object")), body.get("callbackId")
        is_named = isinstance(callback_id, str) and 0 < len(callback_id) <= _LONGEST_CALLBACK
        if not is_named or not is_id(record.get("objectId")):
            raise BadRequestBodyError(f"expected {_EXPECTED_ACTION}")
        return ActionCall(
            external_account=_portal(body, _EXPECTED_ACTION),
            callback_id=str(callback_id),
            object=str(record.get("objectType") or "").lower(),
            record_id=str(record["objectId"]),
            inputs=_texts(_mapping(body.get("inputFields"))),
            properties=_optional_texts(_mapping(record.get("properties"))),
        )

    def accept_options(self, request: RawRequest) -> OptionsCall:
        """Verify and read what the editor of the workflow searches for."""
        self._verify(request)
        body = _mapping(parse(request, _EXPECTED_OPTIONS))
        fetch = _mapping(body.get("fetchOptions"))
        return OptionsCall(
            external_account=_portal(body, _EXPECTED_OPTIONS),
            query=str(fetch.get("q") or ""),
            after=str(fetch.get("after") or ""),
        )

    def _verify(self, request: RawRequest) -> None:
        secret = self._settings.hubspot_client_secret
        if header(request, V3_HEADER):
            verify_v3(request, secret, self._clock.wall())
        else:
            verify_v2(request, secret)

    def render_action(self, answer: ActionAnswer) -> Rendered:
        """The outputs that manifest.json declares. HubSpot takes instants as milliseconds."""
        at = answer.next_touch_at
        outputs = {
            "status": answer.status,
            "reason_code": answer.reason_code,
            "next_touch_at": None if at is None else int(at.timestamp() * 1000),
            "hs_execution_state": _GO_ON,
        }
        return _rendered({"outputFields": outputs})

    def render_options(self, options: Sequence[SequenceOption], after: str | None = None) -> Rendered:
        """What may be chosen, to be searched by the editor."""
        answer: dict[str, Any] = {
            "options": [
                {"value": option.value, "label": option.label, "description": option.description}
                for option in options
            ],
            "searchable": True,
        }
        return _rendered(answer | ({"after": after} if after else {}))


def _rendered(answer: Mapping[str, Any]) -> Rendered:
    return Rendered(200, _JSON, json.dumps(answer, ensure_ascii=False).encode())


def _portal(body: Mapping[str, Any], expected: str) -> str:
    portal = _mapping(body.get("origin")).get("portalId")
    if not is_id(portal):
        raise BadRequestBodyError(f"expected {expected}")
    return str(portal)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _optional_texts(values: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in values.items()}
