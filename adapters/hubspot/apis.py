"""The SDK's clients for one token, made once, and their answers as plain JSON.

The SDK's own models are not used for answers: they drop what they do not know (`hub_id`,
`scopes`) and turn a success with another 2xx code than expected into None.
https://github.com/HubSpot/hubspot-api-python/issues/448
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from hubspot import HubSpot

from adapters.hubspot.errors import CallKind, no_answer
from adapters.hubspot.transport import Transport

_FORM = "application/x-www-form-urlencoded"


class Apis:
    """The SDK's sub-APIs, all on one transport. `access_token` is empty for the OAuth calls."""

    def __init__(self, transport: Transport, base_url: str, access_token: str = "") -> None:
        base = base_url.rstrip("/")

        def make(package: Any, name: str, config: Mapping[str, Any]) -> Any:
            configuration = package.Configuration(host=base)
            configuration.access_token = access_token
            client = package.ApiClient(configuration=configuration)
            client.user_agent = "sixthtouch (hubspot-api-client)"
            client.rest_client.pool_manager = transport
            return getattr(package, name)(api_client=client)

        self._client = HubSpot(access_token=access_token, api_factory=make)

    @cached_property
    def objects(self) -> Any:
        """Reads and writes single records of any type."""
        return self._client.crm.objects.basic_api

    @cached_property
    def object_batches(self) -> Any:
        """Reads and writes up to 100 records of one type."""
        return self._client.crm.objects.batch_api

    @cached_property
    def searches(self) -> Any:
        """Finds records of any type by their properties."""
        return self._client.crm.objects.search_api

    @cached_property
    def association_batches(self) -> Any:
        """What stands on up to 1,000 records."""
        return self._client.crm.associations.v4.batch_api

    @cached_property
    def owners(self) -> Any:
        """The users who can own records."""
        return self._client.crm.owners.owners_api

    @cached_property
    def properties(self) -> Any:
        """Definitions of properties."""
        return self._client.crm.properties.core_api

    @cached_property
    def property_batches(self) -> Any:
        """Definitions of properties, many at once."""
        return self._client.crm.properties.batch_api

    @cached_property
    def property_groups(self) -> Any:
        """The groups that properties stand in."""
        return self._client.crm.properties.groups_api

    @cached_property
    def tokens(self) -> Any:
        """The token endpoint."""
        return self._client.oauth.tokens_api

    def get(self, path: str) -> dict[str, Any]:
        """GET what the SDK has no method for, by its machinery."""
        client = self.owners.api_client
        answer = client.call_api(
            path, "GET", header_params={"Accept": "*/*"}, auth_settings=["oauth2"], _preload_content=False
        )
        return _object(answer, CallKind.REPEATABLE)

    def delete(self, path: str) -> None:
        """DELETE what the SDK has no method for."""
        client = self.owners.api_client
        client.call_api(
            path, "DELETE", header_params={"Accept": "*/*"}, auth_settings=["oauth2"], _preload_content=False
        )

    def post_form(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """POST a form to what the SDK has no method for, without a token."""
        return _object(self.send_form(path, form), CallKind.TOKEN)

    def send_form(self, path: str, form: Mapping[str, str]) -> Any:
        """The same, where a success need not have a body."""
        headers = {"Accept": "*/*", "Content-Type": _FORM}
        return self.tokens.api_client.call_api(
            path,
            "POST",
            header_params=headers,
            post_params=list(form.items()),
            auth_settings=[],
            _preload_content=False,
        )


def call(method: Any, *args: Any, kind: CallKind = CallKind.REPEATABLE, **kwargs: Any) -> dict[str, Any]:
    """The JSON object that a method of the SDK was answered with. Raises the four errors."""
    return _object(method(*args, _preload_content=False, **kwargs), kind)


def tell(method: Any, *args: Any) -> None:
    """Call a method of the SDK whose success has no body. Raises the four errors."""
    method(*args, _preload_content=False)


def _object(answer: Any, kind: CallKind) -> dict[str, Any]:
    """The answer's JSON; what cannot be read is no answer."""
    try:
        found = json.loads(answer.data)
    except ValueError as error:
        raise no_answer(kind) from error
    if not isinstance(found, dict):
        raise no_answer(kind)
    return found
