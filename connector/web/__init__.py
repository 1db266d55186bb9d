"""The web process: pages for people, doors for providers, an API for programs."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from connector.use_cases.world import World
from connector.web import access, api, doors, pages
from connector.web.current import keep_world
from connector.web.errors import handle_errors
from connector.web.headers import add_headers
from connector.web.limits import LimitStorage, set_limits, trust_proxies
from connector.web.rendering import teach_templates
from connector.web.request_log import LoggedFlask, log_requests
from connector.web.sign_in import configure_session

__all__ = ["create_web"]

#: More than any provider's webhook or any form of ours; the rest is answered 413.
BODY_LIMIT = 1024 * 1024


def create_web(world: World, limit_storage: LimitStorage | None = None) -> Flask:
    """The Flask application of this world; without `limit_storage` it counts strangers in memory.

    Raises UnclassifiedRouteError when a route does not say who may call it.
    """
    app = LoggedFlask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT, WTF_CSRF_TIME_LIMIT=None
    )
    configure_session(app, world.settings)
    keep_world(app, world)
    log_requests(app)
    access.mark_static(app)
    access.guard(app)
    csrf = CSRFProtect(app)
    pages.register(app)
    doors.register(app, csrf)
    api.register(app, csrf)
    handle_errors(app)
    add_headers(app, world)
    teach_templates(app)
    access.check_every_route(app)
    trust_proxies(app, world.settings)
    set_limits(app, world.settings, limit_storage or LimitStorage())
    return app
