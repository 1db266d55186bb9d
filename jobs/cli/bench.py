"""`sixthtouch bench`: what the product does in a second on this machine, beside a baseline of the same run."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType

import click

from bench.options import Options
from bench.process import BenchError

#: Name -> the module that measures it.
BENCHMARKS = {
    "touches": "bench.touches",
    "first-touch": "bench.first_touch",
    "crm-calls": "bench.crm_calls",
    "write-back": "bench.write_back",
}


@click.command()
@click.argument("name", type=click.Choice(list(BENCHMARKS)))
@click.option("--json", "as_json", is_flag=True, help="End with one line, a JSON object.")
@click.option("--size", type=click.IntRange(1), help="How much work a round has.  [default: its own]")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Medians are of these.")
@click.option("--profile", is_flag=True, help="Print where the worker's time goes; it is slower for it.")
def bench(name: str, as_json: bool, size: int | None, rounds: int, profile: bool) -> None:
    """Measure one thing in processes of our own on loopback, in a folder that is thrown away.

    DATABASE_URL (a database is made beside the one it names) and REDIS_URL (which must be empty) say
    on what; without them it is SQLite and the embedded Valkey.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        outcome = importlib.import_module(BENCHMARKS[name]).measure(Options(size or 0, rounds, profile))
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo(outcome.as_json() if as_json else outcome.as_table())


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave by the way that ends the processes, too."""
    sys.exit(1)
