"""What the clock does over and over, as data: every piece of work is found in the database.

The queue only carries it; so whatever the queue loses is found again at the next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.use_cases.advance import find_due
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.install import find_unfinished
from connector.use_cases.look_up import release_expired
from connector.use_cases.look_up_inbound import claim_silent_calls
from connector.use_cases.newcomers import claim_newcomers
from connector.use_cases.presets import renew_presets
from connector.use_cases.receive import claim_unhandled
from connector.use_cases.reconcile import claim_reconciliations
from connector.use_cases.sync import find_stale
from connector.use_cases.uninstall import claim_uninstalls
from connector.use_cases.wake import wake_forgotten
from connector.use_cases.world import World
from connector.use_cases.write_back import claim_write_backs

_EVENTS_A_JOB = 50


@dataclass(frozen=True, slots=True)
class Periodic:
    """A piece of finding: how often it is done (wall seconds) and what it does."""

    name: str
    every_seconds: float
    run: Callable[[World], None]


def _write_back(world: World) -> None:
    for installation_id in claim_write_backs(world):
        world.outside.queue.enqueue("write_back", installation_id)


def _handle_events(world: World) -> None:
    ids = claim_unhandled(world)
    for start in range(0, len(ids), _EVENTS_A_JOB):
        world.outside.queue.enqueue("handle_events", *ids[start : start + _EVENTS_A_JOB])


def _read_stale(world: World) -> None:
    for installation_id in find_stale(world):
        world.outside.queue.enqueue("read_stale", installation_id)


def _look_up(world: World) -> None:
    release_expired(world)
    for looks in claim_look_ups(world):
        world.outside.queue.enqueue("look_up", *(part for look in looks.items() for part in look))
    for call_id in claim_silent_calls(world):
        world.outside.queue.enqueue("look_up_inbound", call_id)


def _welcome(world: World) -> None:
    for newcomer_id, attempt in claim_newcomers(world):
        world.outside.queue.enqueue("welcome", newcomer_id, attempt)


def _set_up(world: World) -> None:
    for installation_id in find_unfinished(world):
        world.outside.queue.enqueue("set_up_installation", installation_id)


def _reconcile(world: World) -> None:
    for installation_id in claim_reconciliations(world):
        world.outside.queue.enqueue("reconcile", installation_id)


def _uninstall(world: World) -> None:
    for installation_id in claim_uninstalls(world):
        world.outside.queue.enqueue("uninstall", installation_id)


def _wake(world: World) -> None:
    wake_forgotten(world)


PERIODIC: tuple[Periodic, ...] = (
    Periodic("advance", 0.1, find_due),
    Periodic("write_back", 0.2, _write_back),
    Periodic("look_up", 1, _look_up),
    Periodic("handle_events", 2, _handle_events),
    Periodic("read_stale", 5, _read_stale),
    Periodic("welcome", 1, _welcome),
    Periodic("set_up", 15, _set_up),
    Periodic("reconcile", 5, _reconcile),
    Periodic("uninstall", 5, _uninstall),
    Periodic("wake", 60, _wake),
    Periodic("presets", 3600, renew_presets),
)
