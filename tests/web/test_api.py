"""The JSON API: enrolling, its errors, and the document that describes it."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from connector.store.models import Installation, InstallationState
from connector.store.reads.pages_settings import read_keys
from connector.use_cases import api_keys
from tests.web.neighborhood import CHARLIE, Neighborhood

ADDRESS = "/api/v1/enrollments"
DANA = {"record": {"object": "contact", "id": "101"}, "sequence": "high-intent"}


@pytest.fixture
def key(hood: Neighborhood) -> dict[str, str]:
    """The header with a key of Alice's account."""
    made = api_keys.create(hood.world, hood.alice.account_id, "Website form")
    return {"Authorization": f"Bearer {made}"}


def ask(hood: Neighborhood, key: dict[str, str], body: Any) -> Any:
    return hood.browser().post(ADDRESS, json=body, headers=key)


def test_a_contact_is_enrolled_within_the_request(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = ask(hood, key, DANA)
    assert answer.status_code == 200
    assert answer.get_json() == {
        "enrollment_id": hood.enrollment_id(),
        "status": "enrolled",
        "reason_code": "OK",
        "message": "Enrolled in “High-intent inquiry”.",
        "next_touch_at": "2027-03-02T15:01:00+00:00",
    }


def test_the_same_idempotency_key_gets_the_same_answer(hood: Neighborhood, key: dict[str, str]) -> None:
    body = {**DANA, "idempotency_key": "form-1"}
    first = ask(hood, key, body).get_json()
    hood.clock.pass_by(minutes=30)
    assert ask(hood, key, body).get_json() == first


def test_who_is_in_a_sequence_already_stays_in_it(hood: Neighborhood, key: dict[str, str]) -> None:
    ask(hood, key, DANA)
    assert ask(hood, key, DANA).get_json()["status"] == "already_active"


def test_an_unknown_sequence_is_422_and_names_the_field(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = ask(hood, key, {**DANA, "sequence": "nope"})
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "unknown_sequence"
    assert "sequence" in answer.get_json()["fields"]


def test_an_unknown_record_is_404(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = ask(hood, key, {**DANA, "record": {"object": "contact", "id": "999"}})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "record_not_found")


def test_a_disconnected_crm_is_409(hood: Neighborhood, key: dict[str, str]) -> None:
    with hood.world.sessions.write() as session:
        installation = session.get_one(Installation, hood.alice.installation_id)
        installation.state = InstallationState.DISCONNECTED
    answer = ask(hood, key, DANA)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_connected")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "record"),
        ({"record": {"object": "contact"}, "sequence": "x"}, "record.id"),
        ({**DANA, "account_id": 2}, "account_id"),
        ({**DANA, "record": {"object": "contact", "id": 101}}, "record.id"),
        ({**DANA, "record": {"object": "deal", "id": "1"}}, "record.object"),
        ({**DANA, "sequence": ""}, "sequence"),
        ([], "_schema"),
    ],
)
def test_a_body_that_is_not_as_documented_is_422_by_field(
    hood: Neighborhood, key: dict[str, str], body: Any, field: str
) -> None:
    answer = ask(hood, key, body)
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "invalid"
    assert field in answer.get_json()["fields"]


def test_a_body_that_is_no_json_is_400(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = hood.browser().post(ADDRESS, data="{", content_type="application/json", headers=key)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_json")


def test_a_huge_body_is_413(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = hood.browser().post(ADDRESS, json={"sequence": "x" * 2_000_000}, headers=key)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


def test_another_method_is_405_in_json(hood: Neighborhood, key: dict[str, str]) -> None:
    answer = hood.browser().get(ADDRESS, headers=key)
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method_not_allowed")


def test_another_accounts_key_does_not_find_the_contact(hood: Neighborhood) -> None:
    hood.browser(CHARLIE)
    made = api_keys.create(hood.world, hood.alice.account_id + 1, "Other")
    hood.timeline.contacts.clear()
    answer = ask(hood, {"Authorization": f"Bearer {made}"}, DANA)
    assert answer.status_code == 404


def test_a_revoked_key_is_401(hood: Neighborhood, key: dict[str, str]) -> None:
    with hood.world.sessions.read() as session:
        (line,) = read_keys(session, hood.alice.account_id)
    assert api_keys.revoke(hood.world, hood.alice.account_id, line.key_id)
    assert ask(hood, key, DANA).status_code == 401


def document(hood: Neighborhood) -> dict[str, Any]:
    found: dict[str, Any] = hood.browser().get("/api/openapi.json").get_json()
    return found


def test_the_document_is_valid_openapi_3_0_3(hood: Neighborhood) -> None:
    described = document(hood)
    assert described["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(described).validate()


def test_the_document_names_every_route_of_the_api(hood: Neighborhood) -> None:
    routes = {
        rule.rule.replace("<string:crm>", "{crm}")
        for rule in hood.app.url_map.iter_rules()
        if rule.rule.startswith(("/api/v1/", "/actions/"))
    }
    assert routes | {"/healthz", "/readyz"} == set(document(hood)["paths"])


def test_every_operation_has_a_name_and_its_errors(hood: Neighborhood) -> None:
    operations = [
        (path, operation)
        for path, methods in document(hood)["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post")
    ]
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names)
    for path, operation in operations:
        if path not in ("/healthz", "/readyz"):
            assert {"200", "400", "401", "404", "413"} <= set(operation["responses"]), path
