"""Twilio's signature on a webhook: checked against the public address and the form of the raw body."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit, urlunsplit

import structlog
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

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
        if self._validator is None or not signature:
            raise self._refused(request, "no TWILIO_AUTH_TOKEN" if signature else "no signature")
        is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        text = request.body.decode("utf-8", "replace")
        fields = self._fields(request, text) if is_form else MultiDict[str, str]()
        # Of any other body Twilio signs the address, which then may hold the body's hash.
        signed = fields if is_form else text
        if not self._validator.validate(_without_fragment(request.url), signed if signed else {}, signature):
            raise self._refused(request, "wrong signature")
        if not is_form:
            raise BadRequestBodyError(f"expected {_FORM}")
        return fields.to_dict()

    def _fields(self, request: RawRequest, text: str) -> MultiDict[str, str]:
        try:
            return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise self._refused(request, f"over {_MOST_FIELDS} fields") from None

    def _refused(self, request: RawRequest, why: str) -> BadSignatureError:
        # The address is what goes wrong behind a proxy: say which one was checked.
        address = urlunsplit((*urlsplit(request.url)[:3], "", ""))
        _log.warning("twilio.bad_signature", why=why, checked_address=address)
        return BadSignatureError(f"{why} (checked against {address})")


def _without_fragment(url: str) -> str:
    """Twilio signs the address without the overrides we put behind #."""
    return url.partition("#")[0]
