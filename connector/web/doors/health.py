"""For probes and watchers: alive, ready and idle, and numbers."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from connector.use_cases.report_health import Readiness, readiness
from connector.web.access import Access, access, is_operator
from connector.web.current import world
from connector.web.limits import limited_unless
from connector.web.metrics import LoadCollector

log = structlog.get_logger(__name__)

door = Blueprint("health", __name__)


@door.get("/healthz")
@access(Access.PUBLIC)
def alive() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@door.get("/readyz")
@access(Access.PUBLIC)
@limited_unless(is_operator)
def ready() -> ResponseReturnValue:
    """200 when everything it needs is there, else 503; `idle` when there is nothing to do.

    What there is to do and when, in numbers, is for who runs it.
    """
    try:
        state = readiness(world())
    except SQLAlchemyError as error:
        log.error("readyz.database", reason=str(error.__cause__ or error))
        state = None
    told: dict[str, object] = {"ok": state is not None and state.ok, "idle": state is not None and state.idle}
    if is_operator():
        told |= _details(state)
    return jsonify(told), 200 if told["ok"] else 503


def _details(state: Readiness | None) -> dict[str, object]:
    if state is None:
        return {"next_due_at": None, "checks": {"database": "unreachable"}, "counts": {}}
    return {
        "now": state.now.isoformat(),
        "next_due_at": state.next_due_at.isoformat() if state.next_due_at else None,
        "checks": state.checks,
        "counts": state.counts,
    }


@door.get("/metrics")
@access(Access.OPERATOR)
def metrics() -> ResponseReturnValue:
    """Counted at the moment of asking, so that every web process gives the same numbers."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LoadCollector(world()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
