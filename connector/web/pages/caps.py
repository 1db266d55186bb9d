"""Caps, to be read and set: the account's, a contact's own, and the approval of a sequence's."""

from __future__ import annotations

from dataclasses import asdict, replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.domain.caps import Caps, OwnCaps
from connector.store.reads.pages_caps import CapsPage, read_account_caps, read_contact_caps
from connector.use_cases import caps as use
from connector.web.access import Access, access
from connector.web.caps_form import CapsField, blank_or_number, fields_of
from connector.web.current import frame, world
from connector.web.zones import account_zones

pages = Blueprint("caps", __name__)
_NEW = asdict(Caps())


@pages.get("/settings/caps")
@access(Access.ADMIN)
def show() -> ResponseReturnValue:
    """The account's caps, and who set them."""
    page = _account()
    return _account_page(page, fields_of(asdict(replace(Caps(), **page.own.given)), is_optional=False))


@pages.post("/settings/caps")
@access(Access.ADMIN)
def save() -> ResponseReturnValue:
    """Set the account's caps; what is as in a new account is not kept."""
    fields = blank_or_number(request.form, is_optional=False)
    if any(field.trouble for field in fields):
        return _account_page(_account(), fields), 422
    given = {field.name: int(field.value) for field in fields}
    own = OwnCaps(**{name: number for name, number in given.items() if number != _NEW[name]})
    use.set_account_caps(world(), frame().account_id, own, frame().email)
    return redirect(url_for("caps.show"), 303)


@pages.post("/sequences/<key>/caps/<any(approve,revoke):decision>")
@access(Access.ADMIN)
def decide(key: str, decision: str) -> ResponseReturnValue:
    """Approve a sequence's own caps, or take the approval back."""
    act = use.approve if decision == "approve" else use.revoke
    act(world(), frame().account_id, key, frame().email)
    return redirect(url_for("sequences.show", key=key), 303)


@pages.get("/contacts/<int:contact_id>/caps")
@access(Access.USER)
def show_contact(contact_id: int) -> ResponseReturnValue:
    """A contact's own caps."""
    name, page = _contact(contact_id)
    return _contact_page(contact_id, name, page, fields_of(page.own.given, is_optional=True))


@pages.post("/contacts/<int:contact_id>/caps")
@access(Access.USER)
def save_contact(contact_id: int) -> ResponseReturnValue:
    """Set a contact's own caps; an empty field takes the number of account and sequence."""
    name, page = _contact(contact_id)
    fields = blank_or_number(request.form, is_optional=True)
    if any(field.trouble for field in fields):
        return _contact_page(contact_id, name, page, fields), 422
    own = OwnCaps(**{field.name: int(field.value) for field in fields if field.value})
    account_id, by = frame().account_id, frame().email
    try:
        use.set_contact_caps(world(), account_id, contact_id, own, by, is_admin=frame().is_admin)
    except use.OnlyAdminsLoosenError as error:
        return _contact_page(contact_id, name, page, fields, trouble=str(error)), 422
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


def _account() -> CapsPage:
    with world().sessions.read() as reading:
        return read_account_caps(reading, frame().account_id)


def _contact(contact_id: int) -> tuple[str, CapsPage]:
    with world().sessions.read() as reading:
        found = read_contact_caps(reading, frame().account_id, contact_id)
    if found is None:
        abort(404)
    return found


def _account_page(page: CapsPage, fields: list[CapsField]) -> str:
    zones = account_zones(frame().account_zone, world().outside.clock.now())
    return render_template("caps.html", fields=fields, log=page.log, zones=zones)


def _contact_page(
    contact_id: int, name: str, page: CapsPage, fields: list[CapsField], *, trouble: str = ""
) -> str:
    return render_template(
        "contact_caps.html",
        contact_id=contact_id,
        name=name or "this contact",
        fields=fields,
        account=replace(Caps(), **page.account.given),
        log=page.log,
        trouble=trouble,
        zones=account_zones(frame().account_zone, world().outside.clock.now()),
    )
