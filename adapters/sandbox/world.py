"""What one running sandbox consists of; every vendor gets it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sandbox.core.agenda import Agenda
from adapters.sandbox.core.clock import SandboxClock
from adapters.sandbox.core.credentials import Credentials
from adapters.sandbox.core.deliveries import Deliveries
from adapters.sandbox.core.faults import Faults
from adapters.sandbox.core.ledger import Ledger
from adapters.sandbox.core.recorder import Recorder
from adapters.sandbox.core.store import Store


@dataclass(frozen=True)
class Options:
    """How a sandbox is started.

    `app_url` is where its webhooks go, without a slash at the end. `contacts` is how many leads the
    player brings in; with `still` nobody is played and no contact is there but those that scripts
    make.
    """

    port: int = 8100
    app_url: str = "http://localhost:8000"
    contacts: int = 25
    seed: int = 1
    latency_ms: int = 0
    still: bool = False
    data_path: Path | None = None
    clock_path: Path | None = None
    manifest_path: Path = Path("manifest.json")
    record_path: Path | None = None


@dataclass
class SandboxWorld:
    """The parts that the vendors share.

    `vendors` is where each vendor leaves what others may ask it for, under its name. Vendors add to
    `counts` (what `/_sandbox/state` shows) and to `idles` (what must be quiet for the sandbox to be
    idle). `manifest` is the app's declaration, read afresh at each start.
    """

    options: Options
    store: Store
    clock: SandboxClock
    ledger: Ledger
    agenda: Agenda
    deliveries: Deliveries
    faults: Faults
    recorder: Recorder
    credentials: Credentials
    manifest: dict[str, Any]
    vendors: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Callable[[], int]] = field(default_factory=dict)
    idles: list[Callable[[], bool]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def app_url(self) -> str:
        """Where the product is reached, without a slash at the end."""
        return self.options.app_url.rstrip("/")

    @property
    def seed(self) -> int:
        """What makes two runs play the same leads."""
        return self.options.seed

    @property
    def still(self) -> bool:
        """Nobody is played."""
        return self.options.still

    @property
    def latency_ms(self) -> int:
        """How long each answer takes at least."""
        return self.options.latency_ms

    def wait(self, seconds: float) -> None:
        """Waits so many wall seconds, or until the sandbox stops."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def is_idle(self) -> bool:
        """No act due, no webhook undelivered, and every vendor quiet.

        While time stands still a phone may ring: what comes next is at `agenda.next_due_at()`.
        """
        # An act may post and an answer may plan an act: quiet is what was quiet all through the look.
        total = self.deliveries.total
        is_quiet = (
            self.deliveries.is_idle()
            and self.agenda.is_idle()
            and all(idle() for idle in self.idles)
            and self.deliveries.is_idle()
        )
        return is_quiet and total == self.deliveries.total

    def start(self) -> None:
        """Starts the threads that act and deliver."""
        self.deliveries.start()
        self.agenda.start()

    def stop(self) -> None:
        """Stops the threads and closes the files."""
        self.stopping.set()
        self.agenda.stop()
        self.deliveries.stop()
        self.recorder.close()
        self.store.close()


def build_world(options: Options) -> SandboxWorld:
    """The parts of a sandbox, not yet started; state of an earlier run is loaded."""
    store = Store(options.data_path)
    clock = SandboxClock(options.clock_path)
    ledger = Ledger(store, clock)
    faults = Faults(store, options.seed)
    return SandboxWorld(
        options=options,
        store=store,
        clock=clock,
        ledger=ledger,
        agenda=Agenda(store, clock),
        deliveries=Deliveries(ledger, faults),
        faults=faults,
        recorder=Recorder(options.record_path),
        credentials=Credentials(),
        manifest=json.loads(options.manifest_path.read_text(encoding="utf-8")),
    )
