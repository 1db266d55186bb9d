"""`sixthtouch run`: everything on one machine, started, looked after and ended as one thing."""

from __future__ import annotations

import signal

import click

from jobs.cli.places import Places, find_places
from jobs.cli.supervisor.data_folder import DataFolder, DataFolderError
from jobs.cli.supervisor.family import Family, RunError, Stopped
from jobs.cli.supervisor.household import Household
from jobs.cli.supervisor.installation import InstallationError
from jobs.cli.supervisor.surroundings import SandboxGoneError

_TROUBLES = (RunError, DataFolderError, InstallationError, SandboxGoneError)


@click.command()
@click.option("--fresh", is_flag=True, envvar="FRESH", help="Forget everything in DATA_DIR first (FRESH=1).")
@click.option("--contacts", type=click.IntRange(0), help="How many leads the sandbox has.")
@click.option("--seed", type=int, help="Decides how the sandbox's leads behave.")
@click.option("--still", is_flag=True, help="The sandbox plays nobody.")
def run(fresh: bool, contacts: int | None, seed: int | None, still: bool) -> None:
    """Start web, workers, clock, queue and database, and look after them until Ctrl-C.

    Without vendors' keys it starts a sandbox too and installs itself there.
    """
    options = [
        *(["--contacts", str(contacts)] if contacts is not None else []),
        *(["--seed", str(seed)] if seed is not None else []),
        *(["--still"] if still else []),
    ]
    try:
        _run(find_places(), options, is_fresh=fresh)
    except _TROUBLES as error:
        raise click.ClickException(str(error)) from error


def _run(places: Places, sandbox_options: list[str], *, is_fresh: bool) -> None:
    folder = DataFolder(places.data_dir)
    folder.claim("real" if places.has_vendor_keys else "sandbox", is_fresh=is_fresh)
    family = Family(folder.path / "logs", click.echo)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: family.stop())
    try:
        household = Household(places, family, sandbox_options)
        household.start()
        family.settle()
        click.echo(household.welcome())
        while True:
            family.look_after(seconds=0.2)
    except Stopped:
        click.echo("Ending: what has begun is finished first. Ctrl-C again ends at once.")
    finally:
        family.end()
