"""`sixthtouch doctor`: every setting with its meaning, and what keeps a run from working."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

import click

from connector.settings import Settings, SettingsError, describe_settings, is_secret, load_settings
from jobs.cli.checks import examine
from jobs.cli.finding import Finding, Level

_USER = re.compile(r"://.*@")
_PARAMETER = re.compile(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)
_MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.RED: "RED "}


@dataclass(frozen=True, slots=True)
class Told:
    """A setting as it is shown: secrets as a word, passwords in addresses as stars."""

    name: str
    is_set: bool
    value: str
    default: str
    meaning: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """List every setting with its meaning, then check what a run needs. Exit code 1 when something is red."""
    settings, findings = _look()
    told = describe(settings)
    is_well = all(finding.level is not Level.RED for finding in findings)
    if as_json:
        shown = {"settings": [asdict(each) for each in told], "checks": [asdict(each) for each in findings]}
        click.echo(json.dumps({"ok": is_well, **shown}))
    else:
        _print(told, findings)
    if not is_well:
        raise click.exceptions.Exit(1)


def _look() -> tuple[Settings | None, list[Finding]]:
    try:
        settings = load_settings()
    except SettingsError as error:
        return None, [Finding("settings", Level.RED, line) for line in str(error).splitlines()]
    return settings, examine(settings)


def describe(settings: Settings | None) -> list[Told]:
    """Every setting; without values where there are no valid settings."""
    return [
        Told(
            name=name,
            is_set=settings is not None and name.lower() in settings.model_fields_set,
            value="" if settings is None else shown(name, str(getattr(settings, name.lower()) or "")),
            default=default,
            meaning=meaning,
        )
        for name, default, meaning in describe_settings()
    ]


def shown(name: str, value: str) -> str:
    """A value that may be read over one's shoulder."""
    if is_secret(name):
        return "(hidden)" if value else ""
    return _PARAMETER.sub(r"\1***", _USER.sub("://***@", value))


def _print(told: list[Told], findings: list[Finding]) -> None:
    click.echo("Settings (from the environment or .env; * is set)\n")
    for each in told:
        click.echo(f"{'*' if each.is_set else ' '} {each.name}={each.value}")
        click.echo(f"      {each.meaning}")
    click.echo("\nChecks\n")
    for finding in findings:
        click.echo(f"{_MARKS[finding.level]}  {finding.check}: {finding.sentence}")
