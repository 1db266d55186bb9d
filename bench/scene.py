"""Where a benchmark plays: a folder, a database and a Redis of its own, the responder, our processes."""

from __future__ import annotations

import json
import os
import platform
import secrets
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, make_url, text

from bench.process import BenchError, Process, Processes
from connector.settings import load_settings
from connector.store.migrate import migrate
from jobs.cli.places import ROOT
from jobs.cli.supervisor.procfile import read_procfile, shell
from jobs.cli.supervisor.valkey import valkey_command, valkey_url
from jobs.world import build_world

#: Nothing of a user's own settings may reach a benchmark: they could be of real vendors.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_START_SECONDS = 30.0
PORTAL = "24680135"
SECRET = "a secret that only a benchmark has"

_SETTINGS = {
    "SIXTHTOUCH_TIME": "real",
    "COMPANY_NAME": "Harbor Homes",
    "POSTAL_ADDRESS": "1 Harbor Street, Boston, MA 02110",
    "HUBSPOT_CLIENT_ID": "bench",
    "HUBSPOT_CLIENT_SECRET": SECRET,
    "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
    "TWILIO_AUTH_TOKEN": "bench",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "SENDGRID_API_KEY": "SG.bench",
    "SENDGRID_FROM_EMAIL": "hello@harborhomes.example",
    "LOG_LEVEL": "WARNING",
}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Scene:
    """One run of a benchmark."""

    def __init__(self, folder: Path, database_url: str, redis_url: str, processes: Processes) -> None:
        self.folder = folder
        self.processes = processes
        self.web_port, self.responder_port = free_port(), free_port()
        self.web = f"http://localhost:{self.web_port}"
        self.responder = f"http://127.0.0.1:{self.responder_port}"
        self.redis_url = redis_url
        self.env = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **_SETTINGS,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PORT": str(self.web_port),
            "SECRET_KEY": secrets.token_urlsafe(),
            "SIXTHTOUCH_KEYS": Fernet.generate_key().decode(),
            "SIXTHTOUCH_SANDBOX": self.responder,
            "WORKERS": "1",
        }
        settings = load_settings(_env_file=None, **{name.lower(): value for name, value in self.env.items()})
        self.world = build_world(settings)
        migrate(self.world.sessions.engine)

    def start_responder(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "bench.responder", str(self.responder_port)]
        self.processes.start("responder", command, self.env)
        self.processes.wait_until("The responder's start", self._responder_answers, _START_SECONDS)

    def _responder_answers(self) -> bool:
        with suppress(OSError):
            return self.report() is not None
        return False

    def report(self) -> dict[str, Any]:
        """What the responder was asked so far."""
        with urllib.request.urlopen(f"{self.responder}/_report", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def calls(self, *endings: str) -> int:
        """How many requests the responder had to paths with one of these ends."""
        asked = self.report()["calls"].items()
        return sum(count for path, count in asked if path.endswith(endings))

    def hubspot_calls(self) -> dict[str, int]:
        """How many requests HubSpot had, by method and path."""
        asked = self.report()["calls"]
        return {
            path.replace("/hubspot", "", 1): count for path, count in asked.items() if " /hubspot/" in path
        }

    def start_web(self) -> Process:
        """Start the web process and wait until it answers."""
        web = self.start("web")
        self.processes.wait_until("The web process's start", self._web_answers, _START_SECONDS)
        return web

    def _web_answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.web}/healthz", timeout=10):
            return True
        return False

    def start(self, name: str, *, is_profiled: bool = False, number: int = 1) -> Process:
        """Start a process of the Procfile as a platform would, or under cProfile: see `profile_of`."""
        command = read_procfile(ROOT / "Procfile")[name]
        if is_profiled:
            command = command.replace("python ", f"python -m cProfile -o {self.profile_of(name)} ", 1)
        return self.processes.start(f"{name}-{number}", shell(command), self.env)

    def start_module(self, module: str) -> Process:
        """Start a module of ours that works until it is ended."""
        return self.processes.start(module, [sys.executable, "-m", module], self.env)

    def profile_of(self, name: str) -> Path:
        """Where the profile of a process is once it has ended."""
        return self.folder / f"{name}.prof"

    def surroundings(self) -> dict[str, Any]:
        """What the figures depend on besides our code."""
        return {
            "responder_ceiling_per_second": round(self.ceiling("bare")),
            "database": self.world.sessions.engine.dialect.name,
            "redis": self.redis_url.partition(":")[0],
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        }

    def ceiling(self, kind: str) -> float:
        """Requests a second that one raw client gets of the responder: `bare`, or `batch` for a whole batch."""
        return float(self.run("bench.ceiling", str(self.responder_port), kind)["per_second"])

    def run(self, module: str, *arguments: str) -> dict[str, Any]:
        """Run a module of ours as a process with the scene's settings; its answer is a JSON line in a file."""
        answer = self.folder / f"{module}.json"
        answer.unlink(missing_ok=True)
        process = self.processes.start(
            module, [sys.executable, "-m", module, str(answer), *arguments], self.env
        )
        self.processes.wait_until(module, lambda: _answer(answer) is not None or _is_over(process), 600)
        self.processes.end(process)
        return _answer(answer) or {}


def _answer(file: Path) -> dict[str, Any] | None:
    """None while it is not there, or not whole."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def _is_over(process: Process) -> bool:
    process.check()
    return False


@contextmanager
def scene() -> Iterator[Scene]:
    """A scene with a running responder; all of it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sixthtouch-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "data").mkdir()
        processes = Processes(folder)
        stack.callback(processes.end_all)
        database_url = stack.enter_context(_database(folder))
        redis_url = stack.enter_context(_redis(folder, processes))
        made = Scene(folder, database_url, redis_url, processes)
        stack.callback(made.world.sessions.engine.dispose)
        # Before what they stand on is cleared away; ended twice is ended once.
        stack.callback(processes.end_all)
        made.start_responder()
        yield made


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """SQLite in the folder, or a new database beside the one that DATABASE_URL names."""
    given = os.environ.get("DATABASE_URL", "")
    if not given or given.startswith("sqlite"):
        yield f"sqlite:///{folder / 'data' / 'sixthtouch.db'}"
        return
    url = make_url(given).set(drivername="postgresql+psycopg")
    name = f"sixthtouch_bench_{secrets.token_hex(6)}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.dispose()


@contextmanager
def _redis(folder: Path, processes: Processes) -> Iterator[str]:
    """An embedded Valkey in the folder, or what REDIS_URL names, which must be empty."""
    given = os.environ.get("REDIS_URL", "")
    url = given or valkey_url(folder / "data")
    if not given:
        processes.start("valkey", valkey_command(folder / "data"), os.environ)
    with Redis.from_url(url) as redis:
        processes.wait_until("Redis' start", lambda: _answers(redis), _START_SECONDS)
        if held := redis.dbsize():
            raise BenchError(
                f"REDIS_URL holds {held} keys: name an empty database, whose queue nobody works on."
            )
        try:
            yield url
        finally:
            if given:
                redis.flushdb()


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
