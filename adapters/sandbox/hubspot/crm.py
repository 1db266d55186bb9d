"""What people do at the CRM's pages: used by the played leads' arrivals, by scripts and by the page."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.credentials import HubSpotUser
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.errors import HubSpotError, conflict, invalid
from adapters.sandbox.hubspot.links import default_link
from adapters.sandbox.hubspot.object_types import ENGAGEMENTS, TYPES
from adapters.sandbox.hubspot.portal import Portal, portal_of
from adapters.sandbox.world import SandboxWorld

_CONTACTS = TYPES["contacts"]

# What a rep logs by hand, by type: object type, the properties that say it was a rep's.
_REP_ACTIVITIES: dict[str, tuple[str, dict[str, str]]] = {
    "call": (
        "calls",
        {
            "hs_call_title": "Call by a rep",
            "hs_call_body": "Talked on the phone.",
            "hs_call_direction": "OUTBOUND",
            "hs_call_status": "COMPLETED",
            "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        },
    ),
    "email": (
        "emails",
        {
            "hs_email_direction": "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": "Email by a rep",
            "hs_email_text": "Wrote by hand.",
        },
    ),
    "meeting": (
        "meetings",
        {"hs_meeting_title": "Meeting by a rep", "hs_meeting_outcome": "SCHEDULED"},
    ),
    "note": ("notes", {"hs_note_body": "Noted by a rep."}),
}

# Where an opt-out stands, by channel: HubSpot's own property for mail, the app's for the others.
_OPT_OUTS = {
    "email": "hs_email_optout",
    "sms": "_text_opt_out",
    "text": "_text_opt_out",
    "call": "_call_opt_out",
}


def create_contact(world: SandboxWorld, properties: dict[str, Any]) -> str:
    """A user creates a contact. Returns its id. Raises HubSpotError for what the CRM would refuse."""
    portal = portal_of(world)
    with world.store.lock:
        values = portal.records.check_new(_CONTACTS, properties, portal.person())
        return str(portal.records.create(_CONTACTS, values, portal.person())["id"])


def update_contact(world: SandboxWorld, id_: str, properties: dict[str, Any]) -> None:
    """A user changes a contact. Raises HubSpotError."""
    portal = portal_of(world)
    with world.store.lock:
        record = portal.records.get(_CONTACTS, id_)
        values = portal.records.check_change(_CONTACTS, id_, properties, portal.person())
        portal.records.update(_CONTACTS, record, values, portal.person())


def delete_contact(world: SandboxWorld, id_: str) -> None:
    """A user puts a contact into the recycle bin. Raises HubSpotError."""
    portal = portal_of(world)
    with world.store.lock:
        portal.records.archive(_CONTACTS, portal.records.get(_CONTACTS, id_), portal.person())


def restore_contact(world: SandboxWorld, id_: str) -> None:
    """A user takes a contact out of the recycle bin. Raises HubSpotError."""
    portal = portal_of(world)
    with world.store.lock:
        portal.records.restore(_CONTACTS, portal.records.get(_CONTACTS, id_, archived=True), portal.person())


def opt_out(world: SandboxWorld, id_: str, channel: str) -> None:
    """A contact opts out of `email`, `sms` or `call`, as the CRM notes it. Raises HubSpotError."""
    wanted = _OPT_OUTS.get(channel)
    if wanted is None:
        raise invalid(f"channel is one of {', '.join(_OPT_OUTS)}")
    names = [doc["name"] for doc in portal_of(world).catalog.all("contacts")]
    name = next((name for name in names if name.endswith(wanted)), None)
    if name is None:
        raise conflict(f"The portal has no property for opting out of {channel}: the app has not made it yet")
    update_contact(world, id_, {name: "true"})


def set_owner(world: SandboxWorld, id_: str, owner: str) -> None:
    """A user assigns a contact to a user, named by key, mail address or owner id. Raises HubSpotError."""
    update_contact(world, id_, {"hubspot_owner_id": _user(portal_of(world), owner).owner_id})


def log_rep_activity(world: SandboxWorld, id_: str, type_: str, owner: str) -> str:
    """A rep logs a call, an email, a meeting or a note on a contact. Returns the activity's id."""
    portal = portal_of(world)
    if type_ not in _REP_ACTIVITIES:
        raise invalid(f"type is one of {', '.join(_REP_ACTIVITIES)}")
    user = _user(portal, owner)
    object_name, properties = _REP_ACTIVITIES[type_]
    kind = TYPES[object_name]
    now = iso(world.clock.now())
    with world.store.lock:
        portal.records.get(_CONTACTS, id_)
        given = {**properties, "hs_timestamp": now, "hubspot_owner_id": user.owner_id}
        values = portal.records.check_new(kind, given, portal.person(user))
        links = [default_link(kind, _CONTACTS, id_)]
        return str(portal.records.create(kind, values, portal.person(user), links)["id"])


def run_workflow(world: SandboxWorld, id_: str, sequence: str) -> str:
    """A workflow enrolls a contact through the app's action. Returns the callback id at once."""
    portal = portal_of(world)
    portal.records.get(_CONTACTS, id_)
    return portal.workflows.enroll(id_, {"sequence": sequence})


def is_installed(world: SandboxWorld) -> bool:
    """The portal has the app now."""
    return portal_of(world).tokens.is_installed()


def timeline(world: SandboxWorld, id_: str) -> list[Doc]:
    """A contact's engagements, oldest first: `{"type", "id", "at", "properties"}`; `at` as HubSpot writes it."""
    portal = portal_of(world)
    record = portal.records.find(_CONTACTS, id_)
    found: list[Doc] = []
    for name in ENGAGEMENTS if record else ():
        for engagement_id in record["links"].get(name, {}) if record else ():
            engagement = portal.records.find(TYPES[name], engagement_id)
            if engagement is not None and not engagement["archived"]:
                properties = engagement["properties"]
                found.append(
                    {
                        "type": name,
                        "id": engagement_id,
                        "at": properties["hs_timestamp"],
                        "properties": properties,
                    }
                )
    return sorted(found, key=lambda entry: (entry["at"], entry["id"]))


def revoke_token(world: SandboxWorld) -> None:
    """An admin withdraws the grant: every token is dead, the app is not told."""
    portal_of(world).tokens.revoke_all()


def uninstall(world: SandboxWorld) -> None:
    """An admin uninstalls the app: every token is dead and no webhook comes any more."""
    portal = portal_of(world)
    portal.tokens.uninstall()
    portal.webhooks.forget()


def _user(portal: Portal, key: str) -> HubSpotUser:
    user = portal.user(key)
    if user is None:
        known = ", ".join(user.key for user in portal.credentials.users)
        raise HubSpotError(400, "VALIDATION_ERROR", f"No such user: {key}. There are {known}")
    return user
