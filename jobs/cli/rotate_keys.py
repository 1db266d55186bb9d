"""`sixthtouch rotate-keys`: seal all secrets anew, for the keys in SIXTHTOUCH_KEYS."""

from __future__ import annotations

import json

import click

from adapters.own_keys import add_own_key
from connector.settings import Settings, load_settings
from connector.use_cases.rotate_keys import Rotation
from connector.use_cases.rotate_keys import rotate_keys as reseal_everything
from jobs.world import build_world

_RESTART = (
    "Restart web, workers and clock with this list, then run sixthtouch rotate-keys again: what a process "
    "with the old list has sealed meanwhile is taken over. When that run changes nothing, the old keys may be "
    "removed from SIXTHTOUCH_KEYS; a last run with the new key alone drops what was sealed for them."
)
_MAY_GO = "The newest key opens every secret. Once every process was started with this list, the old keys may be removed."
_ALONE = "There is one key, and every secret is sealed for it alone."
_LOST = "None of SIXTHTOUCH_KEYS opens these, so no key may be removed: {lost}. Add the key they were sealed with."


@click.command("rotate-keys")
@click.option("--new", is_flag=True, help="First make a new key, where the keys are kept in DATA_DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rotate_keys(new: bool, as_json: bool) -> None:
    """Seal every secret in the database for all keys of SIXTHTOUCH_KEYS, the newest first.

    Everything may run meanwhile. It may be ended and begun again at any time.
    """
    settings = load_settings()
    if new:
        _make_key(settings)
    world = build_world(settings)
    done = reseal_everything(world, _tell_progress)
    keys = len([key for key in world.settings.sixthtouch_keys.split(",") if key.strip()])
    advice = _advice(done, keys)
    if as_json:
        said = {
            "total": done.total,
            "resealed": done.resealed,
            "of_today": done.of_today,
            "lost": done.lost,
            "keys": keys,
            "may_drop_old_keys": done.may_drop_old_keys,
            "advice": advice,
        }
        click.echo(json.dumps(said))
    else:
        click.echo(f"{done.resealed} of {done.total} secrets sealed anew, {done.of_today} were so already.")
        click.echo(advice)
    if done.lost:
        raise SystemExit(1)


def _make_key(settings: Settings) -> None:
    if settings.sixthtouch_keys:
        raise click.ClickException(
            "SIXTHTOUCH_KEYS is given from outside: put a new key before the others there "
            "(make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())')"
        )
    click.echo(f"A new key stands first in {add_own_key(settings.data_dir)}", err=True)


def _tell_progress(rotation: Rotation) -> None:
    click.echo(f"{rotation.done} of {rotation.total}", err=True)


def _advice(done: Rotation, keys: int) -> str:
    if done.lost:
        return _LOST.format(lost=", ".join(done.lost))
    if keys == 1:
        return _ALONE
    return _RESTART if done.resealed else _MAY_GO
