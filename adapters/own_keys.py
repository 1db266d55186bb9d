"""The secrets a run makes for itself when none are given, kept in DATA_DIR for the owner's eyes only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from connector.settings import Settings


def _new_token_key() -> str:
    return Fernet.generate_key().decode()


#: Setting -> how a new one is made. Each is kept in `DATA_DIR/keys/<setting>`.
_MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": secrets.token_urlsafe,
    "sixthtouch_keys": _new_token_key,
}


def own_keys(data_dir: Path) -> dict[str, str]:
    """Every secret of this data folder by its setting's name, made at the first call."""
    folder = data_dir / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {name: _read_or_make(folder / name, make) for name, make in _MAKERS.items()}


def with_own_keys(settings: Settings) -> Settings:
    """The settings, those secrets filled in that were not given."""
    missing = [name for name in _MAKERS if not getattr(settings, name)]
    if not missing:
        return settings
    kept = own_keys(settings.data_dir)
    return settings.model_copy(update={name: kept[name] for name in missing})


def add_own_key(data_dir: Path) -> Path:
    """A new key that encrypts tokens, before the others of this data folder; the file they are in."""
    kept = own_keys(data_dir)["sixthtouch_keys"]
    path = data_dir / "keys" / "sixthtouch_keys"
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(f"{_new_token_key()},{kept}", encoding="utf-8")
    fresh.replace(path)
    return path


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    """Of several processes at once, one makes the file and all read it whole."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(make(), encoding="utf-8")
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8").strip()
