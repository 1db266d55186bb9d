"""What goes wrong at the vendors: orders for the sandbox's faults."""

from __future__ import annotations

from typing import Any

Order = dict[str, Any]

#: What is asked of each vendor, sending and looking up, by a glob on its paths.
ASKED = (
    ("twilio", "*/Messages.json"),
    ("twilio", "*/Calls*.json"),
    ("sendgrid", "/v3/*"),
    ("hubspot", "/crm/*"),
)
ANSWERS = ("accept_then_drop", "500", "429")
_HUBSPOT_CALLS = ("*/notes/batch/create", "*/contacts/batch/update", "*/contacts/batch/read")
HOOKS = ("duplicate_webhook", "late_webhook", "reordered_webhook", "lost_webhook")
VENDORS = ("twilio", "sendgrid", "hubspot")
#: What may be lost of each vendor's webhooks. That a workflow enrolls a lead is told once or never:
#: HubSpot shows such a run as failed, and nothing is planned by it.
_MAY_BE_LOST = {"twilio": "*", "sendgrid": "*", "hubspot": "contact.*"}
_LATE_S = 1.0
_OVERTAKEN_WITHIN_S = 0.5
#: How far HubSpot's search index is behind.
_SEARCH_LAG_S = 5.0


def _hook(vendor: str, kind: str, **how: Any) -> Order:
    path = _MAY_BE_LOST[vendor] if kind == "lost_webhook" else "*"
    seconds = {"late_webhook": _LATE_S, "reordered_webhook": _OVERTAKEN_WITHIN_S}.get(kind)
    return {"vendor": vendor, "path": path, "kind": kind, "seconds": seconds, **how}


def certain() -> list[Order]:
    """Each kind once at each vendor, whatever chance does."""
    answers = [
        {"vendor": vendor, "path": path, "kind": kind, "count": 1}
        for vendor, path in ASKED
        for kind in ANSWERS
        if vendor != "hubspot"
    ]
    # Of one kind of call each: three in a row would only add up their waits.
    answers += [
        {"vendor": "hubspot", "path": path, "kind": kind, "count": 1}
        for kind, path in zip(ANSWERS, _HUBSPOT_CALLS, strict=True)
    ]
    return answers + [_hook(vendor, kind, count=1) for vendor in VENDORS for kind in HOOKS]


def by_chance(rate: float, *, spare: tuple[str, str] = ("", "")) -> list[Order]:
    """Each kind at this rate, from now on. `spare` is a vendor and a kind that is left out."""
    answers = [
        {"vendor": vendor, "path": path, "kind": kind, "rate": rate}
        for vendor, path in ASKED
        for kind in ANSWERS
        if (vendor, kind) != spare
    ]
    return answers + [_hook(vendor, kind, rate=rate) for vendor in VENDORS for kind in HOOKS]


def standing() -> list[Order]:
    """What HubSpot lacks: unique properties, and a search that knows the latest."""
    return [
        {"vendor": "hubspot", "path": "/crm/properties/*", "kind": "refuse_unique_property"},
        {"vendor": "hubspot", "path": "*", "kind": "search_lag", "seconds": _SEARCH_LAG_S},
    ]


def announced() -> list[tuple[str, str]]:
    """Vendor and kind of what must have struck by the end."""
    answers = [(vendor, kind) for vendor in VENDORS for kind in ANSWERS]
    return answers + [(vendor, kind) for vendor in ("twilio", "hubspot") for kind in HOOKS]
