"""The way through a CRM's consent page: out with a state, back with a code."""

from __future__ import annotations

import re

import structlog
from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from connector.ports import OutsideError
from connector.use_cases import install
from connector.use_cases.install import UnknownCrmError
from connector.web.access import Access, access
from connector.web.current import world
from connector.web.limits import limited
from connector.web.pages.install import install_page
from connector.web.sign_in import new_state, sign_in, take_state
from connector.web.words.states import crm_name

log = structlog.get_logger(__name__)

door = Blueprint("oauth", __name__, url_prefix="/oauth")

#: An error code of OAuth, as RFC 6749 has them; anything else is a stranger's words.
_ERROR_CODE = re.compile(r"[a-z_]{1,60}")


@door.get("/<crm>/start")
@access(Access.PUBLIC)
@limited
def start(crm: str) -> ResponseReturnValue:
    """Send the browser to the CRM, with a state that only this session knows."""
    if crm not in world().outside.crm_doors:
        abort(404)
    return redirect(install.start(world(), crm, new_state(crm)))


@door.get("/<crm>/callback")
@access(Access.PUBLIC)
@limited
def callback(crm: str) -> ResponseReturnValue:
    """Back from the CRM: sign in, or say what went wrong and how to go on."""
    name = crm_name(crm)
    if not take_state(crm, request.args.get("state", "")):
        return install_page(
            trouble="This sign-in was not started here, or it has been used already.",
            advice="Start again with the button below.",
            status=400,
        )
    if request.args.get("error"):
        return _denied(name, request.args["error"])
    code = request.args.get("code", "")
    if not code:
        return install_page(trouble=f"{name} sent no code along.", advice="Try again.", status=400)
    return _complete(crm, code)


def _denied(name: str, error: str) -> ResponseReturnValue:
    if error == "access_denied":
        return install_page(
            trouble=f"You did not allow it at {name}, so nothing was connected.",
            advice="When you are ready, continue with the button below.",
            status=403,
        )
    known = error if _ERROR_CODE.fullmatch(error) else "not a code of OAuth"
    log.warning("oauth.refused", crm=name, error_code=known)
    return install_page(
        trouble=f"{name} refused: {error[:100]}.",
        advice="An admin of your account may have to allow this app first, or can invite you with a link.",
        status=403,
    )


def _complete(crm: str, code: str) -> ResponseReturnValue:
    try:
        signed = install.complete(world(), crm, code)
    except UnknownCrmError:
        abort(404)
    except OutsideError as error:
        log.warning("oauth.failed", crm=crm, **error.loggable)
        return install_page(trouble=error.sentence, advice="Nothing was changed. Try again.", status=502)
    log.info("signed_in", crm=crm, user_id=signed.user_id, account_id=signed.account_id, is_new=signed.is_new)
    return redirect(sign_in(signed))
