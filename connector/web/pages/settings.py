"""Settings of the account: keys for the JSON API, for admins."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_settings import read_keys
from connector.use_cases import api_keys
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.zones import account_zones

pages = Blueprint("settings", __name__, url_prefix="/settings")

_LONGEST_NAME = 60


@pages.get("/api-keys")
@access(Access.ADMIN)
def keys() -> ResponseReturnValue:
    """The keys there are, and a form for a new one."""
    return _page()


@pages.post("/api-keys")
@access(Access.ADMIN)
def create_key() -> ResponseReturnValue:
    """A new key, shown in this answer and never again."""
    name = request.form.get("name", "").strip()
    if not name:
        return _page(trouble="Give the key a name, such as the program that will use it."), 422
    if len(name) > _LONGEST_NAME:
        return _page(name=name, trouble=f"Use at most {_LONGEST_NAME} characters."), 422
    key = api_keys.create(world(), frame().account_id, name)
    return _page(new_key=key, new_name=name)


@pages.post("/api-keys/<int:key_id>/revoke")
@access(Access.ADMIN)
def revoke_key(key_id: int) -> ResponseReturnValue:
    """End a key."""
    if not api_keys.revoke(world(), frame().account_id, key_id):
        abort(404)
    return redirect(url_for("settings.keys"), 303)


def _page(*, new_key: str = "", new_name: str = "", name: str = "", trouble: str = "") -> str:
    with world().sessions.read() as reading:
        lines = read_keys(reading, frame().account_id)
    return render_template(
        "api_keys.html",
        lines=lines,
        zones=account_zones(frame().account_zone, world().outside.clock.now()),
        new_key=new_key,
        new_name=new_name,
        name=name,
        trouble=trouble,
        address=f"{world().settings.public_base}/api/v1/enrollments",
    )
