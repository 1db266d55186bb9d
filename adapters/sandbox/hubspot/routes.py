"""Puts all of HubSpot's routes under /hubspot."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from adapters.sandbox.hubspot import (
    account,
    associations,
    authorize,
    batches,
    oauth,
    objects,
    properties,
    search,
)
from adapters.sandbox.hubspot.errors import HubSpotError, not_found, ordered
from adapters.sandbox.hubspot.object_types import TYPES
from adapters.sandbox.hubspot.portal import Portal, set_up
from adapters.sandbox.hubspot.properties import REFUSE_UNIQUE_PROPERTY
from adapters.sandbox.hubspot.search import SEARCH_LAG
from adapters.sandbox.world import SandboxWorld

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the routes, and sends what an earlier process left unsent."""
    portal = set_up(world)
    world.faults.shape("hubspot", ordered, own_kinds=(SEARCH_LAG, REFUSE_UNIQUE_PROPERTY))
    for name, type_ in TYPES.items():
        world.counts[f"hubspot.{name}"] = lambda type_=type_: len(portal.records.table(type_))  # type: ignore[misc]
    app.register_blueprint(_open(portal))
    app.register_blueprint(_guarded(portal))
    portal.webhooks.flush_soon()
    portal.workflows.resume()


def _open(portal: Portal) -> Blueprint:
    routes = Blueprint("hubspot_oauth", __name__, url_prefix="/hubspot")
    portal.gate.guard(routes, is_open=True)
    routes.register_error_handler(HubSpotError, _failed)
    authorize.register(routes, portal)
    oauth.register(routes, portal)
    return routes


def _guarded(portal: Portal) -> Blueprint:
    routes = Blueprint("hubspot", __name__, url_prefix="/hubspot")
    portal.gate.guard(routes)
    routes.register_error_handler(HubSpotError, _failed)
    for part in (account, properties, batches, search, associations, objects):
        # A blueprint each: several parts have a view named `create`.
        own = Blueprint(part.__name__.rpartition(".")[2], __name__)
        part.register(own, portal)
        routes.register_blueprint(own)

    @routes.route("/<path:path>", methods=_METHODS)
    def unknown(path: str) -> Response:
        raise not_found(f"No endpoint at /{path}")

    return routes


def _failed(error: HubSpotError) -> Response:
    return error.response()
