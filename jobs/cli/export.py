"""`sixthtouch export`: what the CRM does not hold, sealed in a file; or all that is kept of one contact."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from adapters.sealed_file import NotOpenedError, open_file, seal_file
from connector.store.models import Installation
from connector.use_cases.export import export_account, export_contact
from connector.use_cases.world import World
from jobs.cli.contacts import find_contact
from jobs.world import build_world

_PATH = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("export")
@click.option("--out", type=_PATH, help="The file to write; default sixthtouch-ACCOUNT.export.")
@click.option(
    "--account", "external_account", default="", help="The CRM account's id, when there are several."
)
@click.option(
    "--passphrase-file", type=_EXISTING, help="A file that holds the passphrase; else it is asked for."
)
@click.option("--key-file", type=_EXISTING, help="A file that holds a Fernet key, instead of a passphrase.")
@click.option(
    "--contact", "record_id", default="", help="Print all that is kept of this CRM record's contact."
)
@click.option("--open", "sealed", type=_EXISTING, help="Print what is in a file that was exported.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def export(
    out: Path | None,
    external_account: str,
    passphrase_file: Path | None,
    key_file: Path | None,
    record_id: str,
    sealed: Path | None,
    as_json: bool,
) -> None:
    """Write an account's sequences, suppressions and consent into an encrypted file.

    With --contact it prints one contact as JSON, in plain: consent, verdicts, touches, messages, activities.
    """
    if sealed is not None:
        click.echo(_opened(sealed, passphrase_file, key_file))
        return
    world = build_world()
    if record_id:
        contact = find_contact(world, record_id, external_account)
        _print(export_contact(world, contact.account_id, contact.id), as_json)
        return
    installation = _installation(world, external_account)
    content = export_account(world, installation.account_id)
    path = out or Path(f"sixthtouch-{installation.external_account}.export")
    secret = _secret(passphrase_file, key_file, is_new=True)
    try:
        _write(path, seal_file(json.dumps(content).encode(), **secret))
    except ValueError as error:
        raise click.ClickException(f"The export cannot be sealed: {error}") from error
    counts = {name: len(content[name]) for name in ("sequences", "suppressions", "consent")}
    if as_json:
        click.echo(json.dumps({"file": str(path), **counts}))
    else:
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"{path}: {told}. Without the passphrase or key nobody can read it, you neither.")


def _installation(world: World, external_account: str) -> Installation:
    query = select(Installation).order_by(Installation.id)
    if external_account:
        query = query.where(Installation.external_account == external_account)
    with world.sessions.read() as session:
        found = list(session.scalars(query))
    if len(found) != 1:
        known = ", ".join(each.external_account for each in found) or "none"
        raise click.ClickException(f"name one CRM account with --account; installed: {known}")
    return found[0]


def _secret(passphrase_file: Path | None, key_file: Path | None, *, is_new: bool) -> dict[str, str]:
    if key_file is not None:
        return {"key": key_file.read_text(encoding="utf-8").strip()}
    if passphrase_file is not None:
        return {"passphrase": passphrase_file.read_text(encoding="utf-8").strip()}
    given: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new, err=True)
    return {"passphrase": given}


def _write(path: Path, content: bytes) -> None:
    """For its owner's eyes only, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _opened(sealed: Path, passphrase_file: Path | None, key_file: Path | None) -> str:
    try:
        return open_file(sealed.read_bytes(), **_secret(passphrase_file, key_file, is_new=False)).decode()
    except NotOpenedError as error:
        raise click.ClickException(f"{sealed} cannot be opened: {error}") from error


def _print(content: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(content, indent=None if as_json else 2))
