"""For probes and watchers: alive, ready and idle, and numbers."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from connector.use_cases.report_health import readiness
from connector.web.access import Access, access
from connector.web.current import world
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
def ready() -> ResponseReturnValue:
    """200 when everything it needs is there, else 503; `idle` when there is nothing to do."""
    try:
        state = readiness(world())
    except SQLAlchemyError as error:
        log.error("readyz.database", reason=str(error.__cause__ or error))
        checks = {"database": "unreachable"}
        return jsonify(ok=False, idle=False, next_due_at=None, checks=checks, counts={}), 503
    next_due_at = state.next_due_at.isoformat() if state.next_due_at else None
    body = jsonify(
        ok=state.ok,
        idle=state.idle,
        now=state.now.isoformat(),
        next_due_at=next_due_at,
        checks=state.checks,
        counts=state.counts,
    )
    return body, 200 if state.ok else 503


@door.get("/metrics")
@access(Access.OPERATOR)
def metrics() -> ResponseReturnValue:
    """Counted at the moment of asking, so that every web process gives the same numbers."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LoadCollector(world()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
