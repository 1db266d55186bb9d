"""HubSpot's doors, over a scripted wire or in front of the sandbox."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from adapters.hubspot import HubSpot
from adapters.sandbox.server import Server
from adapters.sandbox.world import Options
from connector.ports import Crm
from tests.hubspot.loopback import APP, ROOT, Portal, StillClock, Wire, hubspot_at, settings_for


@pytest.fixture
def clock() -> StillClock:
    return StillClock(wall_at=dt.datetime.now(dt.UTC))


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def hubspot(wire: Wire, clock: StillClock) -> HubSpot:
    """HubSpot's doors over the wire."""
    return hubspot_at(settings_for(wire.url), clock)


@pytest.fixture
def crm(hubspot: HubSpot) -> Crm:
    """A portal over the wire."""
    return hubspot.crms("token", "24680135")


@pytest.fixture
def portal(clock: StillClock) -> Iterator[Portal]:
    """A sandbox of its own, in threads of this process."""
    server = Server(
        Options(port=0, app_url=APP, contacts=0, still=True, manifest_path=ROOT / "manifest.json")
    )
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield Portal(server, clock)
    server.stop()
    thread.join(timeout=10)
