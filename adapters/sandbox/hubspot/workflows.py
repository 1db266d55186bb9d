"""Workflows: they call the app's custom action for a contact, and keep what it answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from adapters.sandbox.core.bodies import parsed
from adapters.sandbox.core.deliveries import Retries
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.declaration import Action, Declaration
from adapters.sandbox.hubspot.errors import conflict
from adapters.sandbox.hubspot.tokens import Tokens
from adapters.sandbox.hubspot.webhooks import signed_v2
from adapters.sandbox.world import SandboxWorld

WORKFLOW_ID = 601_001


def _is_retried(status: int) -> bool:
    """5xx and 429 are tried again, other failures are final. Source: the vendor's custom action guide."""
    return status in {0, 429} or status >= 500


# HubSpot goes on for three days; this stops sooner.
RETRIES = Retries(delays_s=(0.5, 1, 2, 5, 10, 20, 30, 60), is_failure=_is_retried, timeout_s=10.0)


class Workflows:
    """Runs of the action, kept until after the app has answered; a restart sends what is open."""

    def __init__(self, world: SandboxWorld, declaration: Declaration, tokens: Tokens) -> None:
        self._world = world
        self._declaration = declaration
        self._tokens = tokens
        self._runs = world.store.table("hubspot.workflow_runs")

    def resume(self) -> None:
        """Sends again what an earlier process did not get an answer to."""
        for id_, run in self._runs.items():
            if run["state"] == "running":
                self._call(id_, run)

    def enroll(self, contact_id: str, inputs: dict[str, str], action_key: str = "enroll") -> str:
        """Calls the app's action for a contact and returns the callback id.

        `inputs` are the action's input fields. Raises HubSpotError if the app is not installed, or
        declares no such action.
        """
        if not self._tokens.is_installed():
            raise conflict("The app is not installed, so no workflow can use its action")
        action = self._action(action_key)
        with self._world.store.lock:
            number = self._world.store.next_id("hubspot.workflow_runs")
            portal_id = self._world.credentials.hubspot.portal_id
            callback_id = f"ap-{portal_id}-{WORKFLOW_ID}-{number}-0"
            run: Doc = {
                "contact": contact_id,
                "action": action.key,
                "inputs": inputs,
                "state": "running",
                "started_at": self._world.clock.now().isoformat(),
                "status": None,
                "answer": None,
            }
            self._runs.put(callback_id, run)
        self._call(callback_id, run)
        return callback_id

    def fetch_options(
        self, input_name: str, then: Callable[[int, Any], None], action_key: str = "enroll"
    ) -> None:
        """Asks the app for the options of an input, as HubSpot's editor does when it opens the action."""
        action = self._action(action_key)
        url = action.options_urls[input_name]
        body = {
            "origin": self._origin(action),
            "objectTypeId": "0-1",
            "inputFieldName": input_name,
            "inputFields": {},
            "fetchOptions": {"q": "", "after": ""},
        }
        self._post("workflow.options", url, body, Retries(), then, {})

    def history(self, contact_id: str) -> list[Doc]:
        """A contact's runs, oldest first: `{"callback_id", "state", "status", "answer", ...}`."""
        return [
            {"callback_id": id_, **run} for id_, run in self._runs.items() if run["contact"] == contact_id
        ]

    def _action(self, key: str) -> Action:
        found = next((action for action in self._declaration.actions if action.key == key), None)
        if found is None:
            raise conflict(f"The app declares no action {key}")
        return found

    def _origin(self, action: Action) -> Doc:
        return {
            "portalId": self._world.credentials.hubspot.portal_id,
            "actionDefinitionId": action.definition_id,
            "actionDefinitionVersion": 1,
        }

    def _call(self, callback_id: str, run: Doc) -> None:
        action = self._action(run["action"])
        body = {
            "callbackId": callback_id,
            "origin": self._origin(action),
            "context": {"source": "WORKFLOWS", "workflowId": WORKFLOW_ID},
            "object": {"objectId": int(run["contact"]), "objectType": "CONTACT", "properties": {}},
            "inputFields": run["inputs"],
        }

        def then(status: int, answer: Any) -> None:
            state = "done" if 200 <= status < 300 else "failed"
            with self._world.store.lock:
                self._runs.put(callback_id, {**run, "state": state, "status": status, "answer": answer})

        self._post("workflow.action", action.url, body, RETRIES, then, {"contact": run["contact"]})

    def _post(
        self,
        event: str,
        url: str,
        body: Doc,
        retries: Retries,
        then: Callable[[int, Any], None],
        extra: dict[str, Any],
    ) -> None:
        raw = json.dumps(body).encode()
        headers = signed_v2(self._world.credentials.hubspot.client_secret, "POST", url, raw)
        self._world.deliveries.post(
            "hubspot",
            event,
            url,
            build=lambda: (headers, raw),
            retries=retries,
            then=lambda status, answer: then(status, parsed(answer, "application/json")),
            extra=extra,
        )
