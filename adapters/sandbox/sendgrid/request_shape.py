"""mail/send, member by member. Source: SendGrid's OpenAPI file tsg_mail_v3."""

from __future__ import annotations

from adapters.sandbox.sendgrid.shape import Shape

_TEXT = Shape("string")
_FILLED = Shape("string", least=1)
_FLAG = Shape("boolean")
_NUMBER = Shape("integer")
_TEXTS = Shape("map", each=_TEXT, most=10_000)


def _address() -> Shape:
    return Shape("object", {"email": _FILLED, "name": _TEXT}, required=("email",))


def _switch(**members: Shape) -> Shape:
    return Shape("object", {"enable": _FLAG, **members})


_ADDRESSES = Shape("array", each=_address(), most=1000)

_PERSONALIZATION = Shape(
    "object",
    {
        "from": _address(),
        "to": Shape("array", each=_address(), least=1, most=1000),
        "cc": _ADDRESSES,
        "bcc": _ADDRESSES,
        "subject": _FILLED,
        "headers": Shape("map", each=_TEXT),
        "substitutions": _TEXTS,
        "dynamic_template_data": Shape("map"),
        "custom_args": _TEXTS,
        "send_at": _NUMBER,
    },
    required=("to",),
)

_ATTACHMENT = Shape(
    "object",
    {
        "content": _FILLED,
        "type": _FILLED,
        "filename": _TEXT,
        "disposition": Shape("string", choices=("inline", "attachment")),
        "content_id": _TEXT,
    },
    required=("content", "filename"),
)

_MAIL_SETTINGS = Shape(
    "object",
    {
        "bypass_list_management": _switch(),
        "bypass_spam_management": _switch(),
        "bypass_bounce_management": _switch(),
        "bypass_unsubscribe_management": _switch(),
        "footer": _switch(text=_TEXT, html=_TEXT),
        "sandbox_mode": _switch(),
    },
)

_UTM = {f"utm_{name}": _TEXT for name in ("source", "medium", "term", "content", "campaign")}
_TRACKING = Shape(
    "object",
    {
        "click_tracking": _switch(enable_text=_FLAG),
        "open_tracking": _switch(substitution_tag=_TEXT),
        "subscription_tracking": _switch(text=_TEXT, html=_TEXT, substitution_tag=_TEXT),
        "ganalytics": _switch(**_UTM),
    },
)

MAIL = Shape(
    "object",
    {
        "personalizations": Shape("array", each=_PERSONALIZATION, least=1, most=1000),
        "from": _address(),
        "reply_to": _address(),
        "reply_to_list": _ADDRESSES,
        "subject": _FILLED,
        "content": Shape(
            "array",
            each=Shape("object", {"type": _FILLED, "value": _FILLED}, required=("type", "value")),
            least=1,
        ),
        "attachments": Shape("array", each=_ATTACHMENT),
        "template_id": _TEXT,
        "headers": Shape("map", each=_TEXT),
        "categories": Shape("array", each=Shape("string", most=255), most=10),
        "custom_args": _TEXTS,
        "send_at": _NUMBER,
        "batch_id": _TEXT,
        "asm": Shape(
            "object",
            {"group_id": _NUMBER, "groups_to_display": Shape("array", each=_NUMBER, most=25)},
            required=("group_id",),
        ),
        "ip_pool_name": Shape("string", least=2, most=64),
        "mail_settings": _MAIL_SETTINGS,
        "tracking_settings": _TRACKING,
    },
    required=("personalizations", "from"),
)
