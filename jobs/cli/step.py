"""`sixthtouch step`: move the time of a stepped run to what is due next."""

from __future__ import annotations

import datetime as dt
import json
import re

import click

from jobs.cli.places import find_places
from jobs.cli.stepping import Driver, SteppingError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:\d+[smhdw])+")


class Instant(click.ParamType[dt.datetime]):
    """An ISO instant with an offset."""

    name = "ISO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """Aware, UTC."""
        try:
            at = dt.datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is not an instant; write 2027-03-02T14:45:00+00:00", param, ctx)
        if at.tzinfo is None:
            self.fail(f"{value} has no offset; write {value}+00:00", param, ctx)
        return at.astimezone(dt.UTC)


class Duration(click.ParamType[dt.timedelta]):
    """A length of time like 3d or 1d12h."""

    name = "DURATION"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.timedelta:
        """Of days, hours, minutes and seconds."""
        if not _DURATION.fullmatch(str(value)):
            self.fail(f"{value} is not a length of time; write 3d, 36h or 1d12h", param, ctx)
        parts = re.findall(r"(\d+)([smhdw])", str(value))
        return sum((dt.timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), dt.timedelta())


@click.command()
@click.option("--until", type=Instant(), help="Go on to this instant, whatever is due on the way.")
@click.option("--for", "length", type=Duration(), help="Go on for so long: 3d, 36h, 1d12h.")
@click.option(
    "--json", "as_json", is_flag=True, help="End with one JSON object instead of a line an instant."
)
@click.option("--patience", type=float, default=120, show_default=True, help="Seconds to wait for idleness.")
def step(until: dt.datetime | None, length: dt.timedelta | None, as_json: bool, patience: float) -> None:
    """Wait until all is idle, move to the next due instant, wait again.

    Without options it is one step. The run must have been started with SIXTHTOUCH_TIME=step.
    """
    if until is not None and length is not None:
        raise click.UsageError("--until and --for exclude each other")
    places = find_places()
    driver = Driver(
        places.data_dir / "clock.json",
        places.app_url,
        places.sandbox_url,
        patience,
        operator_headers=places.operator_headers,
    )
    moved = []
    try:
        target = driver.now() + length if length is not None else until
        for at in driver.walk(target):
            moved.append(at.isoformat())
            if not as_json:
                click.echo(at.isoformat())
        now = driver.now()
    except SteppingError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"now": now.isoformat(), "moved": moved}))
    elif not moved:
        click.echo(f"Nothing is due: it stays {now.isoformat()}")
