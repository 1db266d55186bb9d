"""`sixthtouch publish`: make a sequence of a YAML file."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click
from sqlalchemy import select

from connector.content.sequence_files import SequenceFileError, read_sequence_file
from connector.store.models import Installation
from connector.use_cases.sequences import KeywordTakenError
from connector.use_cases.sequences import publish as publish_sequence
from jobs.world import build_world


@click.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--account", "external_account", default="", help="The CRM account's id, when there are several."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(file: Path, external_account: str, as_json: bool) -> None:
    """Publish a sequence from a YAML file, as a new version unless it says just what the newest does."""
    try:
        definition = read_sequence_file(file.read_text(encoding="utf-8"))
    except (SequenceFileError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    world = build_world()
    with world.sessions.read() as session:
        query = select(Installation).order_by(Installation.id)
        if external_account:
            query = query.where(Installation.external_account == external_account)
        installations = list(session.scalars(query))
    if len({each.account_id for each in installations}) != 1:
        known = ", ".join(each.external_account for each in installations) or "none"
        raise click.ClickException(f"name one CRM account with --account; installed: {known}")
    work = partial(publish_sequence, account_id=installations[0].account_id, definition=definition)
    try:
        version = world.sessions.run(partial(work, now=world.outside.clock.now()))
    except KeywordTakenError as error:
        raise click.ClickException(f"{file}: {error}") from error
    said = {"sequence": definition["key"], "version": version.number}
    click.echo(json.dumps(said) if as_json else f"{definition['key']}, version {version.number}")
