"""What every Twilio resource needs: the account checked, the errors worded, the right methods."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, request

from adapters.sandbox.twilio.errors import MORE_INFO, TwilioError
from adapters.sandbox.world import SandboxWorld

ROOT = "/2010-04-01/Accounts/<account_sid>"

View = Callable[..., Response]


class Endpoints:
    """Adds views under the account's path."""

    def __init__(self, blueprint: Blueprint, world: SandboxWorld) -> None:
        self._blueprint = blueprint
        self._credentials = world.credentials.twilio

    def add(self, path: str, method: str, view: View) -> None:
        """Serves `path` below the account with `view`, called with the path's further variables."""
        rule = ROOT + path
        self._blueprint.add_url_rule(
            rule, endpoint=f"{method} {path}".replace(".", "_"), view_func=self._guard(view), methods=[method]
        )

    def _guard(self, view: View) -> View:
        @wraps(view)
        def guarded(account_sid: str, **variables: str) -> Response:
            try:
                self._check_account(account_sid)
                return view(**variables)
            except TwilioError as error:
                return error.answer()

        return guarded

    def _check_account(self, account_sid: str) -> None:
        given = request.authorization
        user, password = (given.username or "", given.password or "") if given else ("", "")
        is_user = hmac.compare_digest(user.encode(), self._credentials.account_sid.encode())
        is_token = hmac.compare_digest(password.encode(), self._credentials.auth_token.encode())
        if not (is_user and is_token):
            raise TwilioError(20003)
        if account_sid != self._credentials.account_sid:
            raise TwilioError(20404, f"/Accounts/{account_sid}")


def answer(document: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(document), status=status, mimetype="application/json")


def fault_answer(status: int) -> Response:
    """What Twilio says when it is too busy (429) or broken (500)."""
    code, sentence = (
        (20429, "Too Many Requests") if status == 429 else (20500, "An internal server error occurred")
    )
    body = {"code": code, "message": sentence, "more_info": MORE_INFO.format(code=code), "status": status}
    return answer(body, status)
