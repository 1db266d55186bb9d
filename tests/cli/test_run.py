"""`sixthtouch run` as its user has it: real processes, a real sandbox, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.timeout(180)

_TOKEN = "of whoever runs it"


def free_port() -> int:
    """A port that is free together with the one the sandbox takes, 100 above."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 100))
            except (OSError, OverflowError):
                continue
            return port


class Run:
    """One data folder and its port; started, asked and ended as from a terminal."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.given = env
        self.port = free_port()
        self.env = {**os.environ, **env, "DATA_DIR": str(folder / "data"), "PORT": str(self.port)}
        self.process: subprocess.Popen[str] | None = None
        self.said: list[str] = []

    def start(self, *args: str) -> None:
        """Start it and wait until it says that it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.cli", "run", *args],
            env=self.env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self.said = []
        for line in self.process.stdout or ():
            self.said.append(line)
            if line.startswith("Ctrl-C"):
                return
        raise RuntimeError("".join(self.said))

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        self.said.append(self.process.communicate(timeout=60)[0])
        code, self.process = self.process.returncode, None
        return code

    def command(self, *args: str) -> str:
        """Another command in another terminal, which knows the folder and the user's own settings only."""
        done = subprocess.run(
            [sys.executable, "-m", "jobs.cli", *args],
            env={**os.environ, **self.given, "DATA_DIR": self.env["DATA_DIR"]},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def ready(self) -> dict[str, Any]:
        url, headers = f"http://127.0.0.1:{self.port}/readyz", {"Authorization": f"Bearer {_TOKEN}"}
        answer: dict[str, Any] = requests.get(url, headers=headers, timeout=10).json()
        return answer

    def state(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port + 100}/_sandbox/state"
        answer: dict[str, Any] = requests.get(url, timeout=10).json()
        return answer

    def ledger(self) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self.port + 100}/_sandbox/ledger"
        return [json.loads(line) for line in requests.get(url, timeout=10).text.splitlines()]

    def is_listening(self) -> bool:
        for port in (self.port, self.port + 100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return True
        return False


@pytest.fixture
def run(tmp_path: Path, empty_database_url: str, redis_url: str) -> Iterator[Run]:
    env = {"METRICS_TOKEN": _TOKEN}
    if os.environ.get("DATABASE_URL"):
        env["DATABASE_URL"] = empty_database_url
    if os.environ.get("REDIS_URL"):
        env["REDIS_URL"] = redis_url
    run = Run(tmp_path, env)
    yield run
    run.end()


def test_a_run_installs_itself_over_the_consent_page_and_the_next_start_goes_on_from_there(run: Run) -> None:
    run.start()
    first = run.ready()
    assert first["ok"]
    assert first["checks"]["installations"] == "1"
    tokens = [entry for entry in run.ledger() if entry["path"].startswith("/oauth/2026-03/token")]
    assert next(entry["status"] for entry in tokens) == 200
    assert run.end() == 0
    assert not run.is_listening()

    run.start()
    again = run.ready()
    assert again["checks"]["installations"] == "1"
    assert again["now"] >= first["now"]
    consents = [entry for entry in run.ledger() if entry["path"].startswith("/oauth/authorize")]
    assert len(consents) == 2, "the consent page was shown and answered once, at the first start"
    assert "is started again" not in "".join(run.said)


def test_a_killed_run_leaves_no_process_and_the_next_one_goes_on(run: Run) -> None:
    run.start("--still")
    run.end(signal.SIGKILL)
    for _ in range(1000):
        if not run.is_listening():
            break
        time.sleep(0.02)
    assert not run.is_listening()
    run.start("--still")
    assert run.ready()["ok"]


def test_stepped_time_is_moved_from_another_terminal(run: Run) -> None:
    run.env["SIXTHTOUCH_TIME"] = "step"
    run.start("--contacts", "3")
    before = run.ready()["now"]
    moved = json.loads(run.command("step", "--for", "1h", "--json"))
    assert moved["now"] > before
    assert moved["moved"][-1] == moved["now"]
    assert run.ready()["now"] == run.state()["now"] == moved["now"]
    assert run.ready()["idle"]
    assert run.state()["counts"]["hubspot.contacts"] > 0


def test_commands_beside_a_run_see_what_it_sees(run: Run) -> None:
    run.start("--still")
    told = run.command("doctor")
    assert "\nRED " not in told
    assert f"are the sandbox on http://127.0.0.1:{run.port + 100}" in told
    assert "Installed in hubspot" in told


def test_with_vendors_keys_it_runs_for_real_on_what_the_env_file_says(run: Run) -> None:
    kept = {"PORT": str(run.port), "HUBSPOT_CLIENT_ID": "an-id", "PUBLIC_URL": "https://followup.example.com"}
    (run.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    del run.env["PORT"]
    run.start()
    assert "https://followup.example.com/install" in "".join(run.said)
    assert run.ready()["ok"]
    start = f"http://127.0.0.1:{run.port}/oauth/hubspot/start"
    asked = requests.get(start, timeout=10, allow_redirects=False).headers["Location"]
    assert asked.startswith("https://app.hubspot.com/oauth/authorize?")
    assert "client_id=an-id" in asked
    assert "followup.example.com" in asked


def test_a_port_in_use_is_said(run: Run) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", run.port))
        holder.listen()
        with pytest.raises(RuntimeError, match=rf"Port {run.port} \(PORT\) is in use"):
            run.start()
