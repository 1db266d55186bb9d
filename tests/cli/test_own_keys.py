"""A run that is given no secrets makes its own once, and keeps them from others' eyes."""

from __future__ import annotations

from pathlib import Path

from adapters.own_keys import add_own_key, own_keys, with_own_keys
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


def test_a_new_key_stands_first_and_what_the_old_one_sealed_still_opens(tmp_path: Path) -> None:
    before = own_keys(tmp_path)
    sealed = FernetVault(before["sixthtouch_keys"]).seal("installation 1", "token")
    path = add_own_key(tmp_path)
    after = own_keys(tmp_path)
    new, old = after["sixthtouch_keys"].split(",")
    assert (old, after["secret_key"]) == (before["sixthtouch_keys"], before["secret_key"])
    assert FernetVault(after["sixthtouch_keys"]).open("installation 1", sealed) == "token"
    assert FernetVault(new).seal("installation 1", "token")
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in path.parent.iterdir()} == {"secret_key", "sixthtouch_keys"}


def test_each_new_key_stands_before_all_earlier_ones(tmp_path: Path) -> None:
    add_own_key(tmp_path)
    earlier = own_keys(tmp_path)["sixthtouch_keys"]
    add_own_key(tmp_path)
    assert own_keys(tmp_path)["sixthtouch_keys"].partition(",")[2] == earlier
