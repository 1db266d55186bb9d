"""The people of the account: who is here, and invitations for who cannot come by the CRM."""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.store.reads.pages_people import read_open_invitations, read_people
from connector.use_cases import invite
from connector.web.access import Access, access
from connector.web.current import frame, world
from connector.web.limits import limited
from connector.web.sign_in import sign_in, signed_in_frame
from connector.web.zones import account_zones

log = structlog.get_logger(__name__)

pages = Blueprint("people", __name__)

#: RFC 5321 allows 254 characters; what is longer is no address and is not shown again whole.
_LONGEST_EMAIL = 254


@pages.get("/settings/people")
@access(Access.ADMIN)
def show() -> ResponseReturnValue:
    """Who is here, who is invited, and a form for the next."""
    return _page()


@pages.post("/settings/people")
@access(Access.ADMIN)
def ask_in() -> ResponseReturnValue:
    """A link for somebody, shown in this answer and never again."""
    address = request.form.get("email", "").strip()[: _LONGEST_EMAIL + 1]
    try:
        link = invite.invite(world(), frame().account_id, frame().user_id, address)
    except invite.UnusableAddressError as error:
        return _page(address=address, trouble=str(error)), 422
    return _page(link=link, invited=address)


@pages.post("/settings/people/invitations/<int:invitation_id>/revoke")
@access(Access.ADMIN)
def take_back(invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    if not invite.revoke(world(), frame().account_id, invitation_id):
        abort(404)
    return redirect(url_for("people.show"), 303)


@pages.get("/join/<token>")
@access(Access.SIGNED)
@limited
def offer(token: str) -> ResponseReturnValue:
    """Who invites to what, with one button: programs that follow links must not use it up."""
    try:
        offered = invite.look(world(), token)
    except invite.ClosedInvitationError as error:
        return _closed(error)
    return render_template("join.html", offer=offered, token=token, signed_in=signed_in_frame())


@pages.post("/join/<token>")
@access(Access.SIGNED)
@limited
def join(token: str) -> ResponseReturnValue:
    """The button: signed in by it, as a rep."""
    try:
        signed = invite.accept(world(), token)
    except invite.ClosedInvitationError as error:
        return _closed(error)
    log.info("joined", user_id=signed.user_id, account_id=signed.account_id)
    sign_in(signed)
    return redirect(url_for("today.show"), 303)


def _closed(error: invite.ClosedInvitationError) -> ResponseReturnValue:
    """The sentence, and no token in the log: one with a letter missing is still somebody's."""
    log.warning("closed_invitation", status=410, method=request.method, reason=str(error))
    return render_template("join.html", trouble=str(error)), 410


def _page(*, link: str = "", invited: str = "", address: str = "", trouble: str = "") -> str:
    clock = world().outside.clock
    with world().sessions.read() as reading:
        people = read_people(reading, frame().account_id)
        invitations = read_open_invitations(reading, frame().account_id, clock.wall())
    return render_template(
        "people.html",
        people=people,
        invitations=invitations,
        zones=account_zones(frame().account_zone, clock.now()),
        link=link,
        invited=invited,
        address=address,
        trouble=trouble,
        longest=_LONGEST_EMAIL,
    )
