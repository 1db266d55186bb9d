"""Twilio's signature on a webhook: checked against the public address and the form of the raw body."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

import structlog
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from adapters.storable import storable_text
from connector.ports import BadRequestBodyError, BadSignatureError, RawRequest
from connector.settings import Settings

_log = structlog.get_logger(__name__)
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 500


class SignedForms:
    """Reads the forms that the settings' account signed."""

    def __init__(self, settings: Settings) -> None:
        # An empty token is a key that everybody knows.
        token = settings.twilio_auth_token
        self._validator = RequestValidator(token) if token else None

    def read(self, request: RawRequest) -> dict[str, str]:
        """The form's fields, the first value of each.

        Raises BadSignatureError, or BadRequestBodyError for what is signed and is no form.
        """
        headers = {name.lower(): value for name, value in request.headers.items()}
        signature = headers.get("x-twilio-signature", "")
        if not signature:
            raise self._refused(request, "no X-Twilio-Signature header")
        if self._validator is None:
            raise self._refused(request, "TWILIO_AUTH_TOKEN is not set, so nothing can be verified")
        is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        text = request.body.decode("utf-8", "replace")
        fields = self._fields(request, text) if is_form else MultiDict[str, str]()
        url = request.url.partition("#")[0]  # behind # stand our overrides, which are not signed
        if not self._validator.validate(url, fields if is_form else _not_a_form(url, text), signature):
            raise self._refused(request, "the signature does not match; is TWILIO_AUTH_TOKEN this account's?")
        if not is_form:
            raise BadRequestBodyError(f"it is no form; expected {_FORM}")
        return {name: storable_text(value) for name, value in fields.items()}

    def _fields(self, request: RawRequest, text: str) -> MultiDict[str, str]:
        try:
            return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise self._refused(request, f"over {_MOST_FIELDS} fields") from None

    def _refused(self, request: RawRequest, why: str) -> BadSignatureError:
        # The origin is what goes wrong behind a proxy; the rest of an address may hold a secret.
        origin = urlunsplit((*urlsplit(request.url)[:2], "", "", ""))
        _log.warning("twilio.bad_signature", why=why, checked_against=origin)
        return BadSignatureError(why)


def _not_a_form(url: str, text: str) -> str | dict[str, str]:
    """What the validator wants of any other body: its text if the address holds its hash."""
    return text if "bodySHA256" in parse_qs(urlsplit(url).query) else {}
