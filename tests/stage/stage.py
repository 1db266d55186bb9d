"""Starts web, worker and clock as the Procfile has them, and a sandbox; drives time and the CRM."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
#: A Tuesday, 09:50 in New York.
TUESDAY = dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC)
_PATIENCE_SECONDS = 50.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def procfile() -> dict[str, str]:
    """The Procfile's commands by name."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


class Stage:
    """One run in a folder of its own, with its own database and Redis."""

    def __init__(self, folder: Path, database_url: str, redis_url: str, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        self.app = f"http://localhost:{self.port}"
        self.sandbox = f"http://127.0.0.1:{self.sandbox_port}"
        self.record = folder / "exchanges.jsonl"
        self.http = requests.Session()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("HUBSPOT", "TWILIO", "SENDGRID", "SIXTHTOUCH"))
            },
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SIXTHTOUCH_TIME": "step",
            "SIXTHTOUCH_TIME_START": TUESDAY.isoformat(),
            "SIXTHTOUCH_SANDBOX": self.sandbox,
            "COMPANY_NAME": "Harbor Homes",
            "POSTAL_ADDRESS": "1 Harbor Street, Boston, MA 02110",
            "WEB_THREADS": "8",
            # Everybody here calls from one address.
            "PUBLIC_REQUESTS_PER_MINUTE": "100000",
            "REFUSALS_PER_MINUTE": "100000",
            **settings,
        }

    # --- processes ---------------------------------------------------------------------------

    def start(self, *, with_worker: bool = True) -> None:
        """Start everything and install the app."""
        self.start_sandbox()
        self.env |= self.http.get(f"{self.sandbox}/_sandbox/credentials", timeout=5).json()["env"]
        for name in ("web", "clock", *(["worker"] if with_worker else [])):
            self.run(name, procfile()[name])
        self._wait(lambda: self.http.get(f"{self.app}/healthz", timeout=5).ok, "the web process to answer")
        self.install()

    def start_sandbox(self) -> None:
        """Start the sandbox and wait until it answers."""
        command = [
            sys.executable, "-m", "jobs.cli", "sandbox", "--port", str(self.sandbox_port), "--app", self.app,
            "--still", "--record", str(self.record),
        ]  # fmt: skip
        self._start("sandbox", command)
        self._wait(
            lambda: self.http.get(f"{self.sandbox}/_sandbox/state", timeout=5).ok, "the sandbox to answer"
        )

    def run(self, name: str, command: str) -> None:
        """Start a process of the Procfile by its shell line."""
        self._start(name, ["bash", "-c", f"exec {command}"])

    def start_worker(self, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start another worker by its own command line (of this Python)."""
        self._start(name, [sys.executable, *arguments])
        return self._processes[name]

    def _start(self, name: str, command: Sequence[str]) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self._processes[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        log.close()

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        os.killpg(self._processes[name].pid, signal.SIGKILL)
        self._processes.pop(name).wait()

    def stop(self) -> None:
        """End everything that still runs."""
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log(self, name: str) -> str:
        """What a process wrote."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    # --- installation and sign-in ------------------------------------------------------------

    def sign_in(self, user: str = "alice") -> requests.Session:
        """A browser that has walked the CRM's consent page as this user."""
        browser = requests.Session()
        consent = browser.get(f"{self.app}/oauth/hubspot/start", params={"user": user}, timeout=10)
        consent.raise_for_status()
        answer = browser.post(consent.url, data={"decision": "allow", "user": user}, timeout=10)
        answer.raise_for_status()
        return browser

    def install(self) -> None:
        """Install as a person does, and wait for the first sync."""
        self.sign_in()
        self.settle()

    # --- time --------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until neither product nor sandbox has anything to do at this instant."""
        seen: tuple[Any, ...] = ()

        def is_quiet() -> bool:
            nonlocal seen
            before, seen = seen, self._stillness()
            return before == seen and seen[0] is True and seen[1] is True

        self._wait(is_quiet, "product and sandbox to come to rest")

    def is_idle(self) -> bool:
        """Whether neither product nor sandbox has anything to do right now, at one look."""
        return self._stillness()[:2] == (True, True)

    def _stillness(self) -> tuple[Any, ...]:
        sandbox = self.http.get(f"{self.sandbox}/_sandbox/state", timeout=10).json()
        app = self.http.get(f"{self.app}/readyz", timeout=10).json()
        return sandbox["idle"], app["idle"], sandbox["seq"], str(app)

    def step(self, *arguments: str) -> None:
        """Drive time with the command that drivers use."""
        self.command("step", *arguments)

    def command(self, *arguments: str) -> str:
        """Run a command of `sixthtouch`; what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "jobs.cli", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # --- the CRM and the leads ---------------------------------------------------------------

    def do(self, act: str, **details: Any) -> dict[str, Any]:
        """Do something in the CRM as a person there would."""
        answer = self.http.post(
            f"{self.sandbox}/_sandbox/crm/hubspot/do", json={"act": act, **details}, timeout=20
        )
        assert answer.ok, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def create_lead(self, person: Mapping[str, Any] | None = None, **properties: str) -> str:
        """A contact in the CRM with consent and a known zone, scripted as a person."""
        record_id = str(self.do("create_contact", properties={**DANA, **properties})["id"])
        script = {"timezone": "America/New_York", "call": "no_answer", **(person or {})}
        answer = self.http.put(f"{self.sandbox}/_sandbox/people/{record_id}", json=script, timeout=10)
        assert answer.ok, answer.text
        return record_id

    def say(self, record_id: str, text: str, channel: str = "sms") -> None:
        """The lead says something now."""
        answer = self.http.post(
            f"{self.sandbox}/_sandbox/people/{record_id}/say",
            json={"channel": channel, "text": text},
            timeout=10,
        )
        assert answer.ok, answer.text

    def call(self, record_id: str) -> None:
        """The lead calls our number."""
        answer = self.http.post(f"{self.sandbox}/_sandbox/people/{record_id}/call", json={}, timeout=10)
        answer.raise_for_status()

    def text_from(self, number: str, text: str) -> None:
        """A text to our number, from any number."""
        said = {"channel": "sms", "text": text}
        url = f"{self.sandbox}/_sandbox/numbers/{number}/say"
        self.http.post(url, json=said, timeout=10).raise_for_status()

    def fault(self, **fault: Any) -> None:
        """Make a vendor fail."""
        answer = self.http.post(f"{self.sandbox}/_sandbox/faults", json=fault, timeout=10)
        assert answer.ok, answer.text

    def ledger(self, vendor: str = "") -> list[dict[str, Any]]:
        """What crossed the wire, in order."""
        answer = self.http.get(
            f"{self.sandbox}/_sandbox/ledger", params={"vendor": vendor} if vendor else {}, timeout=10
        )
        return [json.loads(line) for line in answer.text.splitlines() if line]

    def _wait(self, is_so: Any, what: str) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if is_so():
                    return
            except (requests.RequestException, ValueError):
                pass
            self._complain_of_the_dead()
            time.sleep(0.05)
        raise AssertionError(f"waited {_PATIENCE_SECONDS:.0f} s for {what}: {self._last_state()}")

    def _last_state(self) -> str:
        try:
            return str(self._stillness())
        except (requests.RequestException, ValueError) as error:
            return repr(error)

    def _complain_of_the_dead(self) -> None:
        for name in ("web", "clock", "sandbox"):
            process = self._processes.get(name)
            if process is not None and process.poll() is not None:
                raise AssertionError(f"{name} ended with {process.returncode}:\n{self.log(name)[-3000:]}")


DANA = {
    "firstname": "Dana",
    "lastname": "Reyes",
    "email": "dana@example.com",
    "phone": "+12125550142",
    "hs_timezone": "america_slash_new_york",
    "sixthtouch_topic": "the two-bedroom flat on Elm Street",
    "sixthtouch_consent": "express_written_ai_voice",
    "sixthtouch_consent_evidence": "Form on the website, 2 March 2027, box ticked.",
}
