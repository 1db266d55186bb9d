"""The order in which a run comes up: time held, queue, sandbox, database, web, installation, clock."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from adapters.clock import open_clock, write_clock
from adapters.own_keys import with_own_keys
from adapters.queue import RqQueue
from adapters.wiring import open_redis
from connector.settings import Settings, load_settings
from connector.store.migrate import SchemaError, migrate
from connector.store.sessions import open_engine
from jobs.cli.places import ROOT, Places
from jobs.cli.run_environment import keep_environment
from jobs.cli.supervisor.child import Plan
from jobs.cli.supervisor.family import Family, RunError
from jobs.cli.supervisor.installation import install
from jobs.cli.supervisor.procfile import read_procfile, shell
from jobs.cli.supervisor.surroundings import (
    answers,
    base_environment,
    demo_environment,
    sandbox_credentials,
)
from jobs.cli.supervisor.valkey import valkey_command, valkey_url
from jobs.cli.supervisor.welcome import welcome

_UP_SECONDS = 60
_REDIS_SECONDS = 15


class Household:
    """One run: what it is made of and how it comes up."""

    def __init__(self, places: Places, family: Family, sandbox_options: list[str]) -> None:
        self._places = places
        self._family = family
        self._sandbox_options = sandbox_options
        # The Procfile's shell knows no `.env`.
        self._extra = {"PORT": str(places.port)}
        if not places.has_vendor_keys:
            self._extra |= demo_environment(places.sandbox_url)
        self.settings: Settings = self._load()

    @property
    def has_own_sandbox(self) -> bool:
        """Whether the sandbox is one of our processes."""
        return not self._places.has_vendor_keys and not self._places.sixthtouch_sandbox

    def start(self) -> None:
        """Bring everything up. Raises what `sixthtouch run` tells its user."""
        self._need_ports()
        _hold_time(self.settings)
        self._start_ground()
        self._migrate()
        self._wait_for_ground()
        self._start_product()

    def welcome(self) -> str:
        """What is ready and where to look."""
        return welcome(self.settings, "" if self._places.has_vendor_keys else self._places.sandbox_url)

    def _start_ground(self) -> None:
        if not self.settings.redis_url:
            data_dir = self.settings.data_dir
            self._extra["REDIS_URL"] = valkey_url(data_dir)
            self._start("valkey", valkey_command(data_dir), is_ground=True, is_heard=False)
        if self.has_own_sandbox:
            command = [sys.executable, "-m", "jobs.cli", "sandbox", "--port", str(self._places.sandbox_port)]
            public = ["--app", self.settings.public_base]
            self._start("sandbox", [*command, *public, *self._sandbox_options], is_ground=True)

    def _wait_for_ground(self) -> None:
        own = self._extra.get("REDIS_URL")
        with Redis.from_url(own or self.settings.redis_url, socket_timeout=_REDIS_SECONDS) as redis:
            if own:
                self._family.wait_until("Starting Valkey", lambda: _pings(redis), seconds=_REDIS_SECONDS)
            else:
                _reach(redis)
        if self.has_own_sandbox:
            self._wait_for("The sandbox", f"{self._places.sandbox_url}/_sandbox/credentials")
        if not self._places.has_vendor_keys:
            self._extra |= sandbox_credentials(self._places.sandbox_url)

    def _migrate(self) -> None:
        try:
            engine = open_engine(self.settings.database)
            migrate(engine)
            engine.dispose()
        except SchemaError as error:
            raise RunError(str(error)) from error
        except OperationalError as error:
            raise RunError(f"The database cannot be reached (DATABASE_URL): {error.orig}") from error

    def _start_product(self) -> None:
        time = {"SIXTHTOUCH_TIME": self.settings.sixthtouch_time.value}
        keep_environment(self.settings.data_dir, self._extra | time)
        settings = with_own_keys(self._load())
        self._extra |= {"SECRET_KEY": settings.secret_key, "SIXTHTOUCH_KEYS": settings.sixthtouch_keys}
        commands = read_procfile(ROOT / "Procfile")
        self._start("web", shell(commands["web"]))
        for number in range(1, settings.workers + 1):
            # A job that has begun may take its whole time, as when a provider is slow.
            grace = float(settings.job_timeout_seconds)
            self._start(f"worker-{number}", shell(commands["worker"]), grace_seconds=grace)
        self._wait_for("The web process", f"{self._here}/healthz")
        if not self._places.has_vendor_keys and not self._is_installed():
            install(settings.public_base)
        # Time passes from here on: nobody arrives before there is somebody to follow up.
        self._start("clock", shell(commands["clock"]))
        self._wait_for("Getting ready", f"{self._here}/readyz")
        self._family.wait_until("The start of clock and workers", self._all_work, seconds=_UP_SECONDS)

    @property
    def _here(self) -> str:
        return f"http://127.0.0.1:{self._places.port}"

    def _all_work(self) -> bool:
        """Whether each has been heard of: who is told to look finds that something happens."""
        with open_redis(self._load()) as redis:
            load = RqQueue(redis, self.settings.job_timeout_seconds).load()
        return load is not None and load.clocks > 0 and load.workers >= self.settings.workers

    def _is_installed(self) -> bool:
        answer = requests.get(f"{self._here}/readyz", headers=self._places.operator_headers, timeout=10)
        return bool(int(answer.json()["checks"]["installations"]))

    def _load(self) -> Settings:
        return load_settings(**{name.lower(): value for name, value in self._extra.items()})

    def _start(self, name: str, command: list[str], **how: Any) -> None:
        env = base_environment(self.settings.data_dir) | self._extra
        self._family.start(Plan(name, command, env, **how))

    def _wait_for(self, what: str, url: str) -> None:
        # As who runs it: a stranger who asks so often is told to wait.
        headers = self._places.operator_headers
        self._family.wait_until(what, lambda: answers(url, headers), seconds=_UP_SECONDS)

    def _need_ports(self) -> None:
        _need_port(self._places.port, "PORT")
        if self.has_own_sandbox:
            _need_port(self._places.sandbox_port, "PORT + 100, the sandbox's")


def _need_port(port: int, name: str) -> None:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only being forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RunError(
                f"Port {port} ({name}) is in use. End what holds it, or choose another: make run PORT=9000"
            ) from error


def _hold_time(settings: Settings) -> None:
    """Make the run's clock and let it stand: a run that was killed left it going."""
    open_clock(settings)
    path: Path = settings.data_dir / "clock.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    if state.get("wall") is not None:
        write_clock(path, {**state, "wall": None})


def _reach(redis: Redis) -> None:
    try:
        redis.ping()
    except RedisError as error:
        raise RunError(f"Redis cannot be reached (REDIS_URL): {error}") from error


def _pings(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
