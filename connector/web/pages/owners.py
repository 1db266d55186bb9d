"""The CRM's owners: where calls for their contacts are put through."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_owners import read_owners
from connector.use_cases.owner_numbers import UnusableNumberError, set_number
from connector.web.access import Access, access
from connector.web.current import frame, world

pages = Blueprint("owners", __name__)

#: What is longer is no telephone number and is not shown again whole.
_LONGEST = 40


@pages.get("/settings/owners")
@access(Access.ADMIN)
def show() -> ResponseReturnValue:
    """Every owner with a number to be given or changed."""
    return _page()


@pages.post("/settings/owners/<int:owner_id>")
@access(Access.ADMIN)
def set_phone(owner_id: int) -> ResponseReturnValue:
    """Give, change or take away an owner's number."""
    typed = request.form.get("phone", "")[:_LONGEST]
    try:
        set_number(world(), frame().account_id, frame().user_id, owner_id, typed)
    except UnusableNumberError as error:
        return _page(of=owner_id, typed=typed, trouble=str(error)), 422
    except LookupError:
        abort(404)
    return redirect(url_for("owners.show", saved=owner_id), 303)


def _page(*, of: int = 0, typed: str = "", trouble: str = "") -> str:
    with world().sessions.read() as reading:
        owners = read_owners(reading, frame().account_id)
    return render_template(
        "owners.html",
        owners=owners,
        handoff=world().settings.handoff_number,
        longest=_LONGEST,
        saved=request.args.get("saved", 0, type=int),
        of=of,
        typed=typed,
        trouble=trouble,
    )
