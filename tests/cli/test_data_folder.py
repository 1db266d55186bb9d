"""A data folder is held by one run, belongs to one kind of run, and is only emptied when it is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cli.supervisor.data_folder import DataFolder, DataFolderError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_fresh_forgets_everything(path: Path) -> None:
    DataFolder(path).claim("sandbox", is_fresh=False)
    (path / "keys").mkdir()
    (path / "keys" / "secret_key").write_text("old")
    (path / "sixthtouch.db").write_text("old")
    DataFolder(path).claim("real", is_fresh=True)
    assert [entry.name for entry in path.iterdir()] == [".sixthtouch"]


def test_a_second_start_keeps_what_the_first_left(path: Path) -> None:
    DataFolder(path).claim("sandbox", is_fresh=False)
    (path / "sixthtouch.db").write_text("kept")
    DataFolder(path).claim("sandbox", is_fresh=False)
    assert (path / "sixthtouch.db").read_text() == "kept"


@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_folder_with_other_things_is_left_alone(path: Path, is_fresh: bool) -> None:
    path.mkdir()
    (path / "thesis.doc").write_text("dear")
    with pytest.raises(DataFolderError, match="not Sixth Touch's"):
        DataFolder(path).claim("sandbox", is_fresh=is_fresh)
    assert [entry.name for entry in path.iterdir()] == ["thesis.doc"]


def test_a_folder_of_processes_started_one_by_one_is_taken_over(path: Path) -> None:
    path.mkdir()
    (path / "sixthtouch.db-wal").write_text("")
    (path / "clock.json").write_text("{}")
    DataFolder(path).claim("sandbox", is_fresh=False)
    assert (path / "sixthtouch.db-wal").exists()


def test_contacts_of_the_sandbox_and_of_real_vendors_are_not_mixed(path: Path) -> None:
    DataFolder(path).claim("sandbox", is_fresh=False)
    with pytest.raises(DataFolderError, match="made with the sandbox and this start is with real vendors"):
        DataFolder(path).claim("real", is_fresh=False)


def test_two_runs_do_not_share_a_folder(path: Path) -> None:
    holder = DataFolder(path)
    holder.claim("sandbox", is_fresh=False)
    with pytest.raises(DataFolderError, match="Another run holds"):
        DataFolder(path).claim("sandbox", is_fresh=True)


def test_the_folder_is_for_its_owner_only(path: Path) -> None:
    DataFolder(path).claim("sandbox", is_fresh=False)
    assert path.stat().st_mode & 0o077 == 0
