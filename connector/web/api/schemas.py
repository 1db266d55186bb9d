"""Bodies of the API, as marshmallow schemas: what is asked, what is answered, what goes wrong."""

from __future__ import annotations

import re

from marshmallow import Schema, ValidationError, fields, validate

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> None:
    """No database stores NUL or half a surrogate pair, which JSON may spell."""
    if _UNSTORABLE.search(text):
        raise ValidationError("Holds NUL or half a surrogate pair, which are no text.")


class RecordSchema(Schema):
    """A record of the CRM."""

    object = fields.String(
        required=True,
        validate=validate.OneOf(["contact"]),
        metadata={"description": "The kind of record.", "example": "contact"},
    )
    id = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=64), _storable],
        metadata={"description": "The record's id in the CRM.", "example": "501"},
    )


class EnrollSchema(Schema):
    """Who is to be enrolled into which sequence."""

    record = fields.Nested(RecordSchema, required=True)
    sequence = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=60), _storable],
        metadata={"description": "Key of a published sequence.", "example": "high-intent"},
    )
    idempotency_key = fields.String(
        load_default=None,
        validate=[validate.Length(min=1, max=200), _storable],
        metadata={"description": "A repeat with the same key gets the first answer.", "example": "form-8841"},
    )


class EnrolledSchema(Schema):
    """What became of it."""

    enrollment_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The enrollment, null when it was blocked."}
    )
    status = fields.String(
        required=True,
        validate=validate.OneOf(["enrolled", "already_active", "blocked"]),
        metadata={"description": "Whether the contact is in a sequence now."},
    )
    reason_code = fields.String(required=True, metadata={"description": "Why, for programs."})
    message = fields.String(required=True, metadata={"description": "Why, in a sentence."})
    next_touch_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        format="iso",
        metadata={"description": "When the first step is due, in UTC."},
    )


class ErrorSchema(Schema):
    """Every error: a code for programs, a sentence for people, and the fields it is about."""

    code = fields.String(required=True, metadata={"example": "invalid"})
    message = fields.String(required=True, metadata={"example": "The request is not as documented."})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        data_key="fields",
        attribute="fields",
        metadata={"example": {"sequence": ["Missing data for required field."]}},
    )
