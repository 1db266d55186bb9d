"""`POST /_sandbox/crm/hubspot/do`: what a person does at the CRM's pages, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.errors import HubSpotError
from adapters.sandbox.world import SandboxWorld


@dataclass(frozen=True)
class Act:
    """What an order must say beside its name, and what is done with it; returns the id it is about."""

    needs: tuple[str, ...]
    run: Callable[[SandboxWorld, dict[str, Any]], str]


def _about(work: Callable[..., object], *names: str) -> Callable[[SandboxWorld, dict[str, Any]], str]:
    """An act on the contact `id`, with these further parts of the order."""

    def run(world: SandboxWorld, order: dict[str, Any]) -> str:
        work(world, str(order["id"]), *(order[name] for name in names))
        return str(order["id"])

    return run


def _revoke(world: SandboxWorld, _order: dict[str, Any]) -> str:
    crm.revoke_token(world)
    return str(world.credentials.hubspot.portal_id)


def _uninstall(world: SandboxWorld, _order: dict[str, Any]) -> str:
    crm.uninstall(world)
    return str(world.credentials.hubspot.portal_id)


ACTS = {
    "create_contact": Act(
        ("properties",), lambda world, order: crm.create_contact(world, order["properties"])
    ),
    "update_contact": Act(("id", "properties"), _about(crm.update_contact, "properties")),
    "delete": Act(("id",), _about(crm.delete_contact)),
    "restore": Act(("id",), _about(crm.restore_contact)),
    "opt_out": Act(("id", "channel"), _about(crm.opt_out, "channel")),
    "set_owner": Act(("id", "owner"), _about(crm.set_owner, "owner")),
    "log_rep_activity": Act(
        ("id", "type", "owner"),
        lambda world, order: crm.log_rep_activity(world, str(order["id"]), order["type"], order["owner"]),
    ),
    "run_workflow": Act(
        ("id", "sequence"),
        lambda world, order: crm.run_workflow(world, str(order["id"]), str(order["sequence"])),
    ),
    "revoke_token": Act((), _revoke),
    "uninstall": Act((), _uninstall),
}


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the route over a world."""
    routes = Blueprint("control_crm", __name__, url_prefix="/_sandbox/crm")

    @routes.post("/hubspot/do")
    def do() -> tuple[Response, int]:
        order: Any = request.get_json(force=True, silent=True)
        if problem := _problem(order):
            return jsonify({"message": problem}), 400
        try:
            return jsonify({"id": ACTS[order["act"]].run(world, order)}), 200
        except HubSpotError as error:
            return jsonify({"message": error.message}), error.status

    app.register_blueprint(routes)


def _problem(order: Any) -> str:
    """What is wrong with an order; empty when nothing is."""
    act = order.get("act") if isinstance(order, dict) else None
    if not isinstance(act, str) or act not in ACTS:
        return f"expected a JSON object whose act is one of {', '.join(ACTS)}"
    needs = ACTS[act].needs
    if missing := [name for name in needs if name not in order]:
        return f"{act} needs {', '.join(missing)}"
    if wrong := [name for name in needs if not _is_readable(name, order[name])]:
        return f"{act} cannot read {', '.join(wrong)}: properties is an object, all else a text"
    return ""


def _is_readable(name: str, value: Any) -> bool:
    if name == "properties":
        return isinstance(value, dict)
    # An id is a text, but HubSpot's own webhooks write it as a number.
    return isinstance(value, str) or (name == "id" and isinstance(value, int))
