"""What the API's own document says, held against the application by requests made up from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from connector.store.migrate import migrate
from connector.store.sessions import Sessions, open_engine
from connector.use_cases import api_keys
from tests.web.neighborhood import Neighborhood, build_neighborhood

#: Made up anew from the seed each time; a failure is not made smaller, which takes long.
_PHASES = (Phase.generate,)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighborhood]:
    """One application for all requests, on a database of its own."""
    path: Path = tmp_path_factory.mktemp("contract") / "contract.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    yield build_neighborhood(
        Sessions(engine), refusals_per_minute=100_000, public_requests_per_minute=100_000
    )
    engine.dispose()


def test_every_made_up_request_gets_a_documented_answer(
    team: Neighborhood, subtests: pytest.Subtests
) -> None:
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", team.app)
    key = api_keys.create(team.world, team.alice.account_id, "Contract")
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in GenerationMode if _takes_something(operation) else (GenerationMode.POSITIVE,):
            with subtests.test(operation=operation.label, mode=mode.value):
                _hold_against(operation, mode, key)


def _takes_something(operation: Any) -> bool:
    return any((operation.body, operation.path_parameters, operation.query, operation.headers))


@pytest.mark.parametrize(
    ("record", "sequence", "status"),
    [("101", "high-intent", 200), ("999", "high-intent", 404), ("101", "no", 422)],
)
def test_what_chance_does_not_find_is_answered_as_documented_too(
    team: Neighborhood, record: str, sequence: str, status: int
) -> None:
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", team.app)
    key = api_keys.create(team.world, team.alice.account_id, "Contract")
    body: Any = {"record": {"object": "contact", "id": record}, "sequence": sequence}
    case = document["/api/v1/enrollments"]["POST"].Case(body=body, media_type="application/json")
    # A record that is not there is refused however well it is asked for.
    answer = case.call_and_validate(
        headers={"Authorization": f"Bearer {key}"}, excluded_checks=[positive_data_acceptance]
    )
    assert answer.status_code == status


def _hold_against(operation: Any, mode: GenerationMode, key: str) -> None:
    """Ask with requests as documented, or that are not; check status, shape, headers and access."""

    @seed(1)
    @settings(
        max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=_PHASES
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"})

    ask()
