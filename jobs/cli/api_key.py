"""`sixthtouch api-key`: make a key for the JSON API."""

from __future__ import annotations

import json

import click
from sqlalchemy import select

from connector.store.models import Installation
from connector.use_cases.api_keys import create
from jobs.world import build_world


@click.command("api-key")
@click.option("--name", default="command line", show_default=True, help="What the key is for.")
@click.option(
    "--account", "external_account", default="", help="The CRM account's id, when there are several."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def api_key(name: str, external_account: str, as_json: bool) -> None:
    """Make a key for POST /api/v1/enrollments. It is printed once and kept as a hash."""
    world = build_world()
    with world.sessions.read() as session:
        query = select(Installation).order_by(Installation.id)
        if external_account:
            query = query.where(Installation.external_account == external_account)
        installations = list(session.scalars(query))
    if len(installations) != 1:
        known = ", ".join(each.external_account for each in installations) or "none"
        raise click.ClickException(f"name one CRM account with --account; installed: {known}")
    key = create(world, installations[0].account_id, name)
    click.echo(json.dumps({"key": key}) if as_json else key)
