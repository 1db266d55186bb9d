"""`sixthtouch erase`: take everything personal about a contact out of the database."""

from __future__ import annotations

import json

import click

from connector.use_cases.erase import Erasure, MessageUnderWayError, as_json
from connector.use_cases.erase import erase as erase_contact
from jobs.cli.contacts import find_contact
from jobs.world import build_world

_ASK = (
    "Erase {name} (record {record_id})? Their name, addresses, messages and story go for good, follow-up ends, "
    "and their addresses stay barred by a hash. The record in the CRM is not touched"
)
_NAMES = {
    "contact": "contact",
    "enrollment": "enrollments",
    "enrollment_change": "changes of status",
    "touch": "touches",
    "verdict": "verdicts",
    "signal": "signals",
    "conversation": "conversations",
    "contact_write": "notes about the record",
    "activity": "activities",
    "inbox_event": "stored webhooks",
}


@click.command("erase")
@click.argument("record_id")
@click.option("--account", "external_account", default="", help="The CRM account's id, when several have it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json_", is_flag=True, help="Print one JSON object.")
def erase(record_id: str, external_account: str, yes: bool, as_json_: bool) -> None:
    """Erase the contact whose CRM record is RECORD_ID. It cannot be taken back; again is no harm.

    Delete the record in the CRM first: what is changed there later is read from there again.
    """
    world = build_world()
    contact = find_contact(world, record_id, external_account)
    if not yes:
        name = contact.name or "the contact"
        click.confirm(_ASK.format(name=name, record_id=record_id), abort=True, err=True)
    try:
        done = erase_contact(world, contact.account_id, contact.id)
    except MessageUnderWayError as error:
        raise click.ClickException(str(error)) from error
    if as_json_:
        click.echo(json.dumps(as_json(done) | {"record_id": record_id}))
    else:
        _print(record_id, done)


def _print(record_id: str, done: Erasure) -> None:
    when = f"{done.erased_at:%Y-%m-%d %H:%M} UTC"
    if done.was_erased_before and not done.rows:
        click.echo(f"Record {record_id} was erased on {when}: there was nothing left.")
        return
    click.echo(f"Record {record_id} is erased.")
    for table, count in done.rows.items():
        click.echo(f"  {count:4} {_NAMES.get(table, table)}")
    click.echo(f"  {done.barred_addresses:4} addresses stay barred, known by a hash only")
    if done.shared_with:
        click.echo(
            f"{len(done.shared_with)} other contacts share an address with it and were not erased; "
            "they are not contacted at that address any more."
        )
    click.echo("Backups and the CRM are not touched: erase there, too.")
