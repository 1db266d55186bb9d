"""What crossed the wire on the journeys is what the vendors' own specifications describe."""

from __future__ import annotations

import pytest

from tests.journeys.played import Played
from tests.specs.exchange import read_exchanges
from tests.specs.findings import hold
from tests.stage.stage import Stage

pytestmark = pytest.mark.timeout(180)


def test_every_request_and_every_answer_is_as_the_vendors_specifications_say(played: Played) -> None:
    assert hold(played.record, "journeys") == []


def test_every_request_of_the_ledger_is_among_the_exchanges(stage: Stage, played: Played) -> None:
    stage.settle()
    requests = [one for one in stage.ledger() if one["direction"] == "in"]
    exchanges = [(one.vendor, one.method, one.path) for one in read_exchanges(played.record)]
    noted = [(one["vendor"], one["method"], one["path"].split("?")[0]) for one in requests]
    assert sorted(noted) == sorted(exchanges)
