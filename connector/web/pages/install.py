"""The page before signing in: what Sixth Touch asks for and why, with one button."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.web.access import Access, access
from connector.web.current import world
from connector.web.limits import limited
from connector.web.manifest import asked_scopes
from connector.web.sign_in import sign_out, signed_in_frame

pages = Blueprint("install", __name__)


@pages.get("/install")
@access(Access.PUBLIC)
@limited
def show() -> ResponseReturnValue:
    """What is asked for, for each CRM there is a way into."""
    return install_page()


@pages.post("/sign-out")
@access(Access.PUBLIC)
@limited
def leave() -> ResponseReturnValue:
    """Sign out."""
    sign_out()
    return redirect(url_for("install.show"), 303)


def install_page(*, trouble: str = "", advice: str = "", status: int = 200) -> ResponseReturnValue:
    """The page, with what went wrong in a sentence when something did."""
    crms = [(crm, asked_scopes(crm)) for crm in sorted(world().outside.crm_doors)]
    page = render_template(
        "install.html", crms=crms, trouble=trouble, advice=advice, signed_in=signed_in_frame()
    )
    return page, status
