"""A run that is given no secrets makes its own once, and keeps them from others' eyes."""

from __future__ import annotations

from pathlib import Path

from adapters.own_keys import own_keys, with_own_keys
from adapters.vault import FernetVault
from connector.settings import Settings


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert own_keys(tmp_path) == own_keys(tmp_path)
    assert own_keys(tmp_path / "another") != own_keys(tmp_path)


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    own_keys(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_given_key_is_used_and_a_missing_one_made(tmp_path: Path) -> None:
    settings = with_own_keys(Settings(data_dir=tmp_path, secret_key="given", sixthtouch_keys=""))
    assert settings.secret_key == "given"
    assert FernetVault(settings.sixthtouch_keys).seal("installation 1", "token")


def test_nothing_is_written_when_all_keys_are_given(tmp_path: Path) -> None:
    with_own_keys(Settings(data_dir=tmp_path, secret_key="given", sixthtouch_keys="given"))
    assert list(tmp_path.iterdir()) == []
