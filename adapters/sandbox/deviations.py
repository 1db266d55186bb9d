"""Where the vendors' practice departs from their own specifications, and the sandbox with it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Deviation:
    """One departure: what may be so although the specification says otherwise.

    `operation` is a method and a path ("POST /oauth/2026-03/token", braces as in the specification);
    `where` a place in the exchange ("answer.400.body.category", "request.body", "answer.200"), any item
    of a list being #; `kind` what the specification demands there: a keyword of JSON Schema ("required",
    "type", ...), or "operation", "status", "content"; `value` the JSON of what stands there instead. In
    all but vendor and kind, * and [0-9] are as in a shell.
    """

    vendor: str
    operation: str
    where: str
    kind: str
    reason: str
    value: str = "*"

    def covers(self, vendor: str, operation: str, where: str, kind: str, value: str) -> bool:
        """Whether this is the departure found there."""
        return (
            self.vendor == vendor
            and self.kind == kind
            and fnmatchcase(operation, self.operation)
            and fnmatchcase(where, self.where)
            and fnmatchcase(value, self.value)
        )


_GRANTING = "POST /oauth/2026-03/token*"
_REFUSALS = (
    "The token endpoints' errors are documented as {status, message, error, error_description}: without the "
    "category and correlationId that Error requires, and with fields that it does not name."
)
_TOO_MANY = (
    "The 429 is documented as {status, message, errorType, policyName, correlationId}: without the category "
    "that Error requires, and with fields that it does not name."
)
_NULL = "A property that is asked for and has no value is null; the specification has texts alone."

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "hubspot",
        "* /oauth/authorize",
        "request",
        "operation",
        "A page for browsers, on the address of HubSpot's pages: no specification of the API has it.",
    ),
    Deviation("hubspot", _GRANTING, "answer.400.body.category", "required", _REFUSALS),
    Deviation("hubspot", _GRANTING, "answer.400.body.correlationId", "required", _REFUSALS),
    Deviation("hubspot", _GRANTING, "answer.400.body.error", "additionalProperties", _REFUSALS),
    Deviation("hubspot", _GRANTING, "answer.400.body.error_description", "additionalProperties", _REFUSALS),
    Deviation(
        "hubspot",
        "POST /oauth/2026-03/token/introspect",
        "answer.200.body",
        "oneOf",
        "A token that is spent or unknown is answered with active alone.",
        '{"active": false}',
    ),
    Deviation(
        "hubspot",
        "POST /oauth/2026-03/token/revoke",
        "answer.200.body",
        "content",
        "The specification defines no success; 200 with nothing in it is OAuth's own (RFC 7009).",
    ),
    Deviation("hubspot", "*", "answer.429.body.category", "required", _TOO_MANY),
    Deviation("hubspot", "*", "answer.429.body.errorType", "additionalProperties", _TOO_MANY, '"RATE_LIMIT"'),
    Deviation("hubspot", "*", "answer.429.body.policyName", "additionalProperties", _TOO_MANY),
    Deviation(
        "hubspot",
        "*",
        "answer.[45][0-9][0-9].body.status",
        "additionalProperties",
        "Every documented error has a field status, which Error does not name.",
        '"*"',
    ),
    Deviation("hubspot", "* /crm/objects/2026-03/*", "answer.200.body.properties.*", "type", _NULL, "null"),
    Deviation(
        "hubspot",
        "* /crm/objects/2026-03/*",
        "answer.20[07].body.results.#.properties.*",
        "type",
        _NULL,
        "null",
    ),
    Deviation(
        "hubspot",
        "POST /crm/associations/2026-03/*",
        "answer.207.body.errors.#.subCategory",
        "type",
        "The sub-category is a text; the specification has an object without fields.",
        '"crm.associations.*"',
    ),
    Deviation(
        "sendgrid",
        "*",
        "answer.[45][0-9][0-9].body.errors.#.field",
        "type",
        "An error that is about no field has field null in SendGrid's own examples; the specification has texts.",
        "null",
    ),
)
"""Each known departure, with its reason."""
