"""The command line: `sixthtouch COMMAND`. A command is a file here and a line in the table."""

from __future__ import annotations

import importlib

import click

from adapters.clock import ClockModeError
from connector.settings import SettingsError
from jobs.cli.places import DataPlace
from jobs.cli.run_environment import take_environment

#: Name -> where its click command is. It is imported when it is asked for, so that none waits for
#: what another needs, and a process of the sandbox holds nothing of the product.
COMMANDS = {
    "api-key": "jobs.cli.api_key:api_key",
    "bench": "jobs.cli.bench:bench",
    "doctor": "jobs.cli.doctor:doctor",
    "erase": "jobs.cli.erase:erase",
    "explain": "jobs.cli.explain:explain",
    "export": "jobs.cli.export:export",
    "publish": "jobs.cli.publish:publish",
    "rotate-keys": "jobs.cli.rotate_keys:rotate_keys",
    "run": "jobs.cli.run:run",
    "sandbox": "jobs.cli.sandbox:sandbox",
    "step": "jobs.cli.step:step",
}


class CommandTable(click.Group):
    """A group that finds its commands in `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what its user must put right is told without a traceback."""
        try:
            return super().invoke(ctx)
        except (SettingsError, ClockModeError) as error:
            raise click.ClickException(str(error)) from error


#: These decide themselves what a run is; the others look at the one that is there.
_BEFORE_A_RUN = ("bench", "run", "sandbox")


@click.group(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sixthtouch")
@click.pass_context
def main(context: click.Context) -> None:
    """Sixth Touch follows up with every lead by phone, text and email."""
    if context.invoked_subcommand not in _BEFORE_A_RUN:
        take_environment(DataPlace().data_dir)
