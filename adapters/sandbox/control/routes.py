"""Credentials, ledger, faults and state."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, jsonify, request

from adapters.sandbox.core.orders import FaultOrderError
from adapters.sandbox.world import SandboxWorld


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the routes over a world."""
    routes = Blueprint("control", __name__, url_prefix="/_sandbox")

    @routes.get("/credentials")
    def credentials() -> Response:
        return jsonify(world.credentials.shown())

    @routes.get("/ledger")
    def ledger() -> Response:
        since = request.args.get("since", default=0, type=int)
        entries = world.ledger.entries(request.args.get("vendor"), since)
        return Response(_lines(entries), mimetype="application/x-ndjson")

    @routes.post("/faults")
    def add_fault() -> tuple[Response, int]:
        try:
            return jsonify({"id": world.faults.order(request.get_json(force=True, silent=True))}), 201
        except FaultOrderError as error:
            return jsonify({"message": str(error)}), 400

    @routes.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        world.faults.clear()
        return "", 204

    @routes.get("/state")
    def state() -> Response:
        # In this order: what is planned while idleness is looked at must not be missing from the plan.
        is_idle = world.is_idle()
        next_due_at = world.agenda.next_due_at()
        return jsonify(
            {
                "idle": is_idle,
                "next_due_at": next_due_at.isoformat() if next_due_at else None,
                "now": world.clock.now().isoformat(),
                "seq": world.ledger.seq(),
                "counts": {name: count() for name, count in sorted(world.counts.items())},
            }
        )

    app.register_blueprint(routes)


def _lines(entries: Iterator[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(entry) + "\n"
