"""Turns the numbered paths the SDK was generated with into those of a dated API version.

hubspot-api-client 12 knows only /crm/v3, /crm/v4 and /oauth/v1, which HubSpot switches off
during 2027; the dated paths answer in the same shapes.
https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

from __future__ import annotations

import re

_RULES = (
    (re.compile(r"^/oauth/v1/token$"), r"/oauth/{v}/token"),
    (re.compile(r"^/crm/v4/associations/(.*)$"), r"/crm/associations/{v}/\1"),
    (re.compile(r"^/crm/v3/(objects|properties)/(.*)$"), r"/crm/\1/{v}/\2"),
    (re.compile(r"^/crm/v3/owners/?$"), r"/crm/owners/{v}"),
)


def dated(path: str, version: str) -> str:
    """The path of `version` for a path of the SDK; one that has no rule is left as it is."""
    for pattern, replacement in _RULES:
        if pattern.match(path):
            return pattern.sub(replacement.replace("{v}", version), path)
    return path
