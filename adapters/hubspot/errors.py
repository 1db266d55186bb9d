"""One table from HubSpot's answers to the four errors, each with a sentence for the admin.

How long to wait is said where HubSpot says it; after trouble of its own it is for whoever asks.

Statuses and bodies: https://developers.hubspot.com/docs/api-reference/error-handling. Bodies
often lack what the specification requires, so they are read leniently.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector.ports import (
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)

_ROLLING_SECONDS = 10.0
_DAILY_SECONDS = 3600.0
_LOCK_SECONDS = 2.0
_MIGRATION_SECONDS = 3600.0
_LONGEST_MESSAGE = 400
_GONE_CATEGORIES = frozenset({"OBJECT_NOT_FOUND", "RESOURCE_NOT_FOUND"})
_REVOKED = frozenset({"BAD_REFRESH_TOKEN", "BAD_HUB"})


class CallKind(StrEnum):
    """How a call may be treated: asked again (`repeatable`), never blindly (`create`), or OAuth."""

    REPEATABLE = "repeatable"
    CREATE = "create"
    TOKEN = "token"  # noqa: S105 - a name, not a secret
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Answer:
    """What HubSpot answered to one call."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _message(body: Mapping[str, Any]) -> str:
    said = str(body.get("message") or body.get("error_description") or "no reason given")
    return said if len(said) <= _LONGEST_MESSAGE else said[:_LONGEST_MESSAGE] + "…"


def _code(answer: Answer) -> str:
    body = answer.json
    return str(body.get("category") or body.get("errorType") or body.get("error") or answer.status)


def _seconds(value: str | None, scale: float = 1.0) -> float | None:
    try:
        found = float(value or "") / scale
    except ValueError:
        return None
    return found if found > 0 else None


def _rate_limited(answer: Answer, kind: CallKind) -> OutsideError:
    """HubSpot documents no Retry-After here; the window's length is in a header of its own."""
    policy = str(answer.json.get("policyName") or "")
    wait = _seconds(answer.headers.get("retry-after")) or _seconds(
        answer.headers.get("x-hubspot-ratelimit-interval-milliseconds"), 1000
    )
    if policy.upper() == "DAILY":
        sentence = (
            "The HubSpot account has used up its API calls of today; we go on as soon as it may call again."
        )
        return TryLaterError(sentence, code=policy, retry_after=wait or _DAILY_SECONDS)
    sentence = "HubSpot asked us to slow down; the rest follows in a moment."
    return TryLaterError(sentence, code=policy or "RATE_LIMIT", retry_after=wait or _ROLLING_SECONDS)


def _locked(answer: Answer, kind: CallKind) -> OutsideError:
    return TryLaterError("HubSpot is still busy with the record.", code="LOCKED", retry_after=_LOCK_SECONDS)


def _migrating(answer: Answer, kind: CallKind) -> OutsideError:
    wait = _seconds(answer.headers.get("retry-after")) or _MIGRATION_SECONDS
    sentence = "HubSpot is moving the account to another data center; we go on when it is done."
    return TryLaterError(sentence, code="MIGRATION", retry_after=wait)


def _their_trouble(answer: Answer, kind: CallKind) -> OutsideError:
    if kind is CallKind.CREATE:
        sentence = f"HubSpot failed ({answer.status}) after it had the request; we look up what became of it."
        return OutcomeUnknownError(sentence, code=str(answer.status))
    sentence = f"HubSpot has trouble of its own ({answer.status}); we ask again."
    return TryLaterError(sentence, code=str(answer.status))


def _unauthorized(answer: Answer, kind: CallKind) -> OutsideError:
    sentence = (
        "HubSpot no longer accepts our access token. If this does not pass by itself, connect HubSpot again."
    )
    return DisconnectedError(sentence, code=_code(answer))


def _forbidden(answer: Answer, kind: CallKind) -> OutsideError:
    scopes = sorted(_missing_scopes(answer.json))
    if scopes:
        sentence = (
            f"HubSpot says the app lacks the scopes {', '.join(scopes)}. Install the app again to grant them."
        )
        return DisconnectedError(sentence, code="MISSING_SCOPES")
    sentence = f"HubSpot does not let the app do this: {_message(answer.json)}"
    return DisconnectedError(sentence, code=_code(answer))


_SCOPE_LISTS = ("requiredGranularScopes", "requiredScopes", "missingScopes")


def _missing_scopes(body: Mapping[str, Any]) -> set[str]:
    """The scopes named in the body or in its error details."""
    details = body.get("errors")
    parts = [body, *(details if isinstance(details, list) else [])]
    contexts = [part.get("context") for part in parts if isinstance(part, dict)]
    lists = [context.get(name) for context in contexts if isinstance(context, dict) for name in _SCOPE_LISTS]
    found = {str(scope) for named in lists if isinstance(named, list) for scope in named}
    return found or ({"(not named)"} if body.get("category") == "MISSING_SCOPES" else set())


def _gone(answer: Answer, kind: CallKind) -> OutsideError:
    return RefusedError(
        f"HubSpot has no such record: {_message(answer.json)}", code=_code(answer), fault=Fault.GONE
    )


def _refused(answer: Answer, kind: CallKind) -> OutsideError:
    sentence = f"HubSpot refused ({answer.status}): {_message(answer.json)}"
    return RefusedError(sentence, code=_code(answer), fault=Fault.RECORD)


def _redirected(answer: Answer, kind: CallKind) -> OutsideError:
    sentence = f"HubSpot's address answered with a redirect ({answer.status}); check HUBSPOT_API_URL."
    return TryLaterError(sentence, code=str(answer.status))


_Verdict = Callable[[Answer, CallKind], OutsideError]

#: First and last status, and what they mean. The first row that fits decides.
_TABLE: tuple[tuple[int, int, _Verdict], ...] = (
    (300, 399, _redirected),
    (401, 401, _unauthorized),
    (403, 403, _forbidden),
    (404, 404, _gone),
    (408, 408, _their_trouble),
    (410, 410, _gone),
    (423, 423, _locked),
    (429, 429, _rate_limited),
    (477, 477, _migrating),
    (400, 499, _refused),
    (500, 599, _their_trouble),
)

#: At the token endpoint only these pass by themselves; every other 4xx is about who we are.
_PASSING = frozenset({408, 423, 429, 477})


def error_of(answer: Answer, kind: CallKind) -> OutsideError:
    """The error that an answer without success means. `answer.headers` has lower-case names."""
    if kind in (CallKind.TOKEN, CallKind.REFRESH) and _is_about_us(answer.status):
        return _token_error(answer, kind)
    for first, last, verdict in _TABLE:
        if first <= answer.status <= last:
            return verdict(answer, kind)
    return _their_trouble(answer, kind)


def _is_about_us(status: int) -> bool:
    return 400 <= status <= 499 and status not in _PASSING


def _token_error(answer: Answer, kind: CallKind) -> DisconnectedError:
    """Only what says so in so many words is a revoked portal; the rest is our configuration.

    https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
    """
    body = answer.json
    code = str(body.get("status") or body.get("error") or answer.status)
    is_revoked = code in _REVOKED or (kind is CallKind.REFRESH and body.get("error") == "invalid_grant")
    if is_revoked:
        sentence = "The HubSpot account removed the app or its access. Install the app again to go on."
        return DisconnectedError(sentence, code=code, is_revoked=True)
    sentence = (
        f"HubSpot did not accept how we signed in ({code}): {_message(body)} "
        "Check HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET, PUBLIC_URL and the app's redirect address."
    )
    return DisconnectedError(sentence, code=code)


def no_connection() -> TryLaterError:
    """The request never left."""
    return TryLaterError("HubSpot cannot be reached; we ask again.", code="NO_CONNECTION")


def no_answer(kind: CallKind) -> OutsideError:
    """The request left, or may have, and no readable answer came."""
    if kind is CallKind.CREATE:
        return OutcomeUnknownError(
            "HubSpot took our request and did not answer; we look up what became of it.", code="NO_ANSWER"
        )
    return TryLaterError("HubSpot did not answer; we ask again.", code="NO_ANSWER")


def record_error(item: Mapping[str, Any]) -> OutsideError:
    """The error of one record in a batch that HubSpot executed in part (207)."""
    category = str(item.get("category") or item.get("status") or "")
    message = _message(item)
    if category in {"RATE_LIMITS", "RATE_LIMIT"}:
        return TryLaterError("HubSpot asked us to slow down.", code=category, retry_after=_ROLLING_SECONDS)
    is_gone = category in _GONE_CATEGORIES or "NO_ASSOCIATIONS" in str(item.get("subCategory"))
    return RefusedError(
        f"HubSpot refused the record: {message}", code=category, fault=Fault.GONE if is_gone else Fault.RECORD
    )
