"""The command line says what it does, what is wrong and what to do about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connector.settings import Settings, TimeMode, describe_settings, is_secret, load_settings
from jobs.cli import COMMANDS
from jobs.cli.doctor import shown

_SECRET = "a-secret-nobody-should-read"
#: These verify what SendGrid signs, and are no secret.
_PUBLIC_KEYS = {"SENDGRID_WEBHOOK_KEY", "SENDGRID_PARSE_KEY"}


def sixthtouch(*args: str, data_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as its user does, in a folder without `.env`."""
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "jobs.cli", *args],
        env={**kept, "DATA_DIR": str(data_dir / "data"), **env},
        cwd=data_dir,
        capture_output=True,
        text=True,
        check=False,
    )


def doctor(data_dir: Path, **env: str) -> dict[str, Any]:
    done = sixthtouch("doctor", "--json", data_dir=data_dir, **env)
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["ok"] else 1)
    return said


def red(said: dict[str, Any]) -> list[str]:
    return [check["sentence"] for check in said["checks"] if check["level"] == "red"]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, tmp_path: Path) -> None:
    done = sixthtouch(name, "--help", data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: python -m jobs.cli {name}") or name in done.stdout.splitlines()[0]


def test_help_lists_every_command_with_a_sentence(tmp_path: Path) -> None:
    lines = sixthtouch("--help", data_dir=tmp_path).stdout.partition("Commands:")[2].splitlines()
    told = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert set(told) == set(COMMANDS)
    assert all(told.values())


def test_doctor_lists_every_setting_with_its_meaning(tmp_path: Path) -> None:
    settings = {each["name"]: each["meaning"] for each in doctor(tmp_path)["settings"]}
    assert settings == {name: meaning for name, _, meaning in describe_settings()}
    assert all(settings.values())


def test_doctor_is_content_with_a_fresh_checkout_and_makes_nothing(tmp_path: Path) -> None:
    assert red(doctor(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def secret_names() -> list[str]:
    """Every setting that by its name holds a secret."""
    names = [name for name, _, _ in describe_settings()]
    parts = ("KEY", "SECRET", "TOKEN", "PASSWORD")
    return [name for name in names if any(part in name for part in parts) and name not in _PUBLIC_KEYS]


def test_every_setting_that_is_a_secret_by_its_name_is_marked_as_one() -> None:
    assert [name for name, _, _ in describe_settings() if is_secret(name)] == secret_names()


def test_doctor_shows_no_secret(tmp_path: Path) -> None:
    assert len(secret_names()) >= 7
    env = dict.fromkeys(secret_names(), _SECRET)
    env |= {"DATABASE_URL": f"postgresql://dana:{_SECRET}@127.0.0.1:9/none"}
    env |= {"REDIS_URL": f"redis://:{_SECRET}@127.0.0.1:9/0"}
    env |= {
        "SIXTHTOUCH_SANDBOX": "http://127.0.0.1:9",
        "TWILIO_ACCOUNT_SID": "AC0",
        "SECRET_KEY_FALLBACKS": f"{_SECRET}, {_SECRET}",
    }
    for args in (("doctor",), ("doctor", "--json")):
        done = sixthtouch(*args, data_dir=tmp_path, **env)
        assert _SECRET not in done.stdout + done.stderr
        assert "DATABASE_URL" in done.stdout


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://dana:{_SECRET}@127.0.0.1/none",
        f"postgresql://dana:a/b?{_SECRET}@127.0.0.1/none",
        f"postgresql://127.0.0.1/none?user=dana&password={_SECRET}",
        f"redis://127.0.0.1:9/0?Password={_SECRET}&timeout=1",
    ],
)
def test_a_password_in_an_address_is_not_shown(address: str) -> None:
    told = shown("DATABASE_URL", address)
    assert _SECRET not in told
    assert "127.0.0.1" in told


def test_no_secret_is_in_what_python_writes_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secret_names():
        monkeypatch.setenv(name, _SECRET)
    settings = load_settings(database_url="sqlite://")
    assert {getattr(settings, name.lower()) for name in secret_names()} == {_SECRET}
    assert _SECRET not in repr(settings)
    with pytest.raises(ValidationError) as raised:
        Settings(sixthtouch_time=TimeMode.SCALE, secret_key=_SECRET)
    assert _SECRET not in str(raised.value)


def test_doctor_tells_what_is_red_and_what_to_do(tmp_path: Path) -> None:
    said = doctor(
        tmp_path,
        DATABASE_URL="sqlite:////nowhere/at/all.db",
        REDIS_URL="redis://127.0.0.1:9/0",
        HUBSPOT_CLIENT_ID="id",
        HUBSPOT_API_URL="http://127.0.0.1:9",
    )
    told = "\n".join(red(said))
    for part in (
        "check DATABASE_URL",
        "check REDIS_URL",
        "Keys are missing: HUBSPOT_CLIENT_SECRET",
        "PUBLIC_URL",
        "127.0.0.1:9 cannot be reached",
    ):
        assert part in told


def test_doctor_refuses_scaled_time_with_a_real_vendor(tmp_path: Path) -> None:
    told = "\n".join(red(doctor(tmp_path, SIXTHTOUCH_TIME="scale")))
    assert "would call real vendors" in told
    assert "SIXTHTOUCH_SANDBOX" in told


@pytest.mark.parametrize("command", ["run", "step", "sandbox"])
def test_a_setting_that_cannot_be_is_named_without_a_traceback(command: str, tmp_path: Path) -> None:
    done = sixthtouch(command, data_dir=tmp_path, PORT="99999")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: PORT: ")


def test_a_run_refuses_scaled_time_with_a_real_vendor(tmp_path: Path) -> None:
    done = sixthtouch("run", data_dir=tmp_path, SIXTHTOUCH_TIME="scale", HUBSPOT_CLIENT_ID="id")
    assert done.returncode == 1
    assert "would call real vendors" in done.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--until", "tomorrow"), "tomorrow is not an instant"),
        (("--until", "2027-03-02T14:45:00"), "has no offset"),
        (("--for", "3 days"), "3 days is not a length of time"),
        (("--for", "3d", "--until", "2027-03-02T14:45:00Z"), "exclude each other"),
        ((), "There is no run in"),
    ],
)
def test_step_says_what_it_cannot_do(args: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = sixthtouch("step", *args, data_dir=tmp_path)
    assert done.returncode != 0
    assert told in done.stderr


def test_a_sequence_file_that_cannot_be_published_is_told_with_its_place_and_its_problem(
    tmp_path: Path,
) -> None:
    step = "{id: a, name: A, channel: text, after: {minutes: 2}, message: {body: Hi}}"
    file = tmp_path / "stop.yaml"
    file.write_text(f"key: t\nname: T\nkeywords: [STOP]\nsteps:\n- {step}\n", encoding="utf-8")
    done = sixthtouch("publish", str(file), data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {file}: keywords")
    assert "asks us to stop" in done.stderr
