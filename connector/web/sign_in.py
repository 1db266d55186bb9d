"""The session of a signed-in person: a signed cookie that says who, checked against the database."""

from __future__ import annotations

import secrets

from flask import Flask, session

from connector.settings import Settings
from connector.store.reads.pages_frame import Frame, read_frame
from connector.use_cases.install import SignedIn
from connector.web.current import world

_STAY_SECONDS = 7 * 24 * 3600


def configure_session(app: Flask, settings: Settings) -> None:
    """First-party cookie; its name binds it to this host where the address is https.

    Lax, not Strict: the CRM sends the browser back to us by a top-level GET that must carry it.
    """
    is_https = settings.public_base.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.signing_keys[1:]),
        SESSION_COOKIE_NAME="__Host-sixthtouch" if is_https else "sixthtouch",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=_STAY_SECONDS,
    )


def sign_in(signed: SignedIn) -> str:
    """Start a fresh session for this person; returns where they wanted to go.

    Everything the browser brought along is dropped, so that nobody can plant a session.
    """
    wish = str(session.get("wish") or "/")
    session.clear()
    session.permanent = True
    session["user_id"] = signed.user_id
    session["account_id"] = signed.account_id
    return wish


def sign_out() -> None:
    """Forget who it was."""
    session.clear()


def signed_in_frame() -> Frame | None:
    """Who is signed in, as the database has it now; None when nobody is."""
    user_id, account_id = session.get("user_id"), session.get("account_id")
    if not isinstance(user_id, int) or not isinstance(account_id, int):
        return None
    with world().sessions.read() as reading:
        return read_frame(reading, account_id, user_id, now=world().outside.clock.now())


def remember_wish(path: str) -> None:
    """Keep the page somebody asked for, to go there after signing in. Only paths of our own."""
    if path.startswith("/") and not path.startswith(("//", "/\\")):
        session["wish"] = path[:500]


def new_state(crm: str) -> str:
    """A random state for an OAuth dance with `crm`, bound to this browser's session."""
    state = secrets.token_urlsafe(32)
    session["oauth"] = {"crm": crm, "state": state}
    return state


def take_state(crm: str, state: str) -> bool:
    """Whether this is the state that was handed out for `crm`; it is good once."""
    kept = session.pop("oauth", None)
    if not isinstance(kept, dict) or kept.get("crm") != crm:
        return False
    return secrets.compare_digest(str(kept.get("state")).encode(), state.encode())
