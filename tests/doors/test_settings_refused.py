"""Settings that cannot be are told by every process in one message, without a traceback, and nothing starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.stage.stage import ROOT, free_port, procfile

SANDBOX = "http://127.0.0.1:9"
WEB = "web"
COMMANDS = {
    "worker": [sys.executable, "-m", "jobs.worker"],
    "clock": [sys.executable, "-m", "jobs.clock"],
    WEB: ["bash", "-c", f"exec {procfile()['web']}"],
    "doctor": [sys.executable, "-m", "jobs.cli", "doctor"],
}


def _told(folder: Path, names: Iterable[str] = COMMANDS, **settings: str) -> dict[str, tuple[int, str]]:
    """Start every process at once with these settings; how each ended and what it said."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = kept | {"DATA_DIR": str(folder), "PORT": str(free_port())} | settings
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    begun = {
        name: subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for name, command in COMMANDS.items()
        if name in names
    }
    told = {name: process.communicate(timeout=40)[0] for name, process in begun.items()}
    return {name: (begun[name].returncode, words) for name, words in told.items()}


def test_scaled_time_with_a_real_vendors_address_is_refused_by_every_process(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told = _told(
        folder,
        SIXTHTOUCH_TIME="scale",
        SIXTHTOUCH_SANDBOX=SANDBOX,
        TWILIO_API_URL="https://api.twilio.com",
        SENDGRID_API_URL="https://api.sendgrid.com",
    )
    for name, (code, words) in told.items():
        assert code != 0, name
        assert "SIXTHTOUCH_TIME=scale" in words, name
        assert "TWILIO_API_URL=https://api.twilio.com, SENDGRID_API_URL=https://api.sendgrid.com" in words
        assert "HUBSPOT_API_URL=http" not in words
        assert "Set SIXTHTOUCH_SANDBOX=http://127.0.0.1:PORT, or SIXTHTOUCH_TIME=real." in words
        assert words.count("would call real vendors") == 1, name
        assert "Traceback" not in words, name
    assert not folder.exists()


def test_all_problems_are_told_at_once_and_each_names_its_setting(tmp_path: Path) -> None:
    told = _told(
        tmp_path / "run",
        ("worker", WEB, "doctor"),
        SIXTHTOUCH_TIME="scale",
        SIXTHTOUCH_TIME_START="2027-03-02T09:45:00",
        REDIS_URL="http://127.0.0.1",
        SEND_TIMEOUT_SECONDS="soon",
        DATABASE_URL="mysql://x",
    )
    for name, (code, words) in told.items():
        assert code != 0, name
        for setting in ("SIXTHTOUCH_TIME_START", "REDIS_URL", "SEND_TIMEOUT_SECONDS", "DATABASE_URL"):
            assert f"{setting}: " in words, name
        assert "SIXTHTOUCH_TIME=scale would call real vendors" in words, name
        assert "Traceback" not in words, name


def test_a_data_folder_of_another_time_is_refused_in_a_sentence(tmp_path: Path) -> None:
    state = '{"mode": "step", "at": "2027-03-02T14:45:00+00:00"}'
    (tmp_path / "clock.json").write_text(state, encoding="utf-8")
    names = ("worker", "clock", "doctor")
    told = _told(tmp_path, names, SIXTHTOUCH_TIME="scale", SIXTHTOUCH_SANDBOX=SANDBOX)
    for name, (code, words) in told.items():
        assert code != 0, name
        assert "was made with SIXTHTOUCH_TIME=step" in words, name
        assert "use another DATA_DIR" in words, name
        assert "FRESH=1" in words, name
        assert "Traceback" not in words, name
    assert (tmp_path / "clock.json").read_text(encoding="utf-8") == state


def test_a_key_that_encrypts_nothing_is_told_like_every_other_setting(tmp_path: Path) -> None:
    told = _told(tmp_path / "run", ("clock", "doctor"), SIXTHTOUCH_KEYS="too short")
    for name, (code, words) in told.items():
        assert code != 0, name
        assert "SIXTHTOUCH_KEYS" in words, name
        assert "Traceback" not in words, name
        assert "too short" not in words, name
