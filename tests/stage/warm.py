"""What a worker imports at its first call of each vendor, imported at once: a fork is then ready to work."""

from __future__ import annotations

from importlib import import_module

#: The vendors' SDKs load these when they are first used, half a second's work.
_AT_FIRST_USE = (
    "hubspot.crm.associations.v4",
    "hubspot.crm.objects",
    "hubspot.crm.owners",
    "hubspot.crm.properties",
    "hubspot.discovery.crm.discovery",
    "hubspot.discovery.crm.associations.v4.discovery",
    "hubspot.discovery.crm.objects.discovery",
    "multiprocessing.pool",
    "twilio.rest.api.v2010.account",
)


def warm_up() -> None:
    """Import them all."""
    for name in _AT_FIRST_USE:
        import_module(name)
