"""The chaos run in small: what `make chaos` does with two thousand touches, on the suite's database."""

from __future__ import annotations

import pytest

from tests.chaos.ground import stage_on
from tests.chaos.report import differences, summary
from tests.chaos.run import Plan, Run
from tests.conftest import GIVEN_DATABASE

#: HubSpot's 429 asks for ten seconds each time: here it comes as often as it must, once.
PLAN = Plan(touches=150, seed=6, kill_every_s=3.0, rate=0.01, spare=("hubspot", "429"), patience_s=120)


@pytest.mark.timeout(300)
def test_nothing_twice_nothing_missing_every_activity_once_while_everything_fails(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str
) -> None:
    with stage_on(tmp_path_factory.mktemp("chaos"), GIVEN_DATABASE, redis_url) as stage:
        outcome = Run(stage, redis_url, PLAN, print).play()
    print("\n".join(summary(outcome)))
    assert list(differences(outcome)) == []
    assert outcome.judgement.planned >= 6 * 23
