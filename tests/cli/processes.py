"""Processes of the Procfile on one database, one queue and one vendor."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

from adapters.clock import write_clock
from adapters.queue import RqQueue
from jobs.cli.supervisor.procfile import read_procfile, shell
from tests.engine.conftest import Town
from tests.engine.fakes import TUESDAY
from tests.stage.stage import ROOT
from tests.wire.vendor import Answer, Asked, Vendor


def accepted(asked: Asked) -> Answer:
    """Twilio takes whatever it is asked to send."""
    at = format_datetime(TUESDAY)
    body = f'{{"sid": "CA{len(asked.body)}", "status": "queued", "date_created": "{at}", "from": "+12025550142"}}'
    return Answer(201, body.encode())


@dataclass
class Processes:
    """Processes of the Procfile on one database, one queue and one vendor, on a Tuesday in New York."""

    vendor: Vendor
    town: Town
    queue: RqQueue
    folder: Path
    env: Mapping[str, str]
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = shell(read_procfile(ROOT / "Procfile")[name])
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def go_to(self, at: dt.datetime) -> None:
        """Time stands still here until it is set."""
        self.town.clock.at = at
        write_clock(self.folder / "clock.json", {"mode": "step", "at": at.isoformat()})

    def go_to_due(self) -> None:
        (enrollment,) = self.town.enrollments()
        assert enrollment.next_touch_at is not None
        self.go_to(enrollment.next_touch_at)

    def sends(self) -> list[str]:
        return [asked.path.rsplit("/", 1)[1] for asked in self.vendor.asked]
