"""The JSON API over HTTP: keys, bodies, repeats, and what a caller is told."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.doors.doors import Doors, check_discretion, check_refusal
from tests.doors.test_hubspot import DEEP

DOCUMENT = "/api/openapi.json"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer st_wrong", "Basic eA==", b"Bearer \xff\xfe", "x" * 8000]
)
def test_without_a_good_key_it_is_401_before_anything_is_read(
    doors: Doors, header: str | bytes | None
) -> None:
    for body in (doors.enrollment(), b"{", b"x" * 2_000_000):
        knock = doors.api(body).but("Authorization", header)
        check_refusal(doors, knock, 401, "unauthorized", "Authorization: Bearer KEY")


def test_a_revoked_key_is_401(doors: Doors) -> None:
    key = json.loads(doors.command("api-key", "--name", "Leaver", "--json").stdout)["key"]
    assert doors.knock(doors.api(doors.enrollment(), key)).status_code == 200
    browser = doors.stage.sign_in()
    page = browser.get(f"{doors.stage.app}/settings/api-keys", timeout=5).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    (key_id,) = doors.column("select id from api_key where name = 'Leaver'")
    address = f"{doors.stage.app}/settings/api-keys/{key_id}/revoke"
    assert browser.post(address, data={"csrf_token": token}, timeout=5).ok
    check_refusal(doors, doors.api(doors.enrollment(), key), 401, "unauthorized", "API key")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1,", b"\xff\xfe\x00", DEEP, b'{"sequence": ' + b"9" * 5000 + b"}"],
    ids=["cut", "cut array", "no UTF-8", "deep", "5000 digits"],
)
def test_malformed_json_is_400(doors: Doors, body: bytes) -> None:
    check_refusal(doors, doors.api(body), 400, "malformed_json", "not JSON", DOCUMENT)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_under_another_name_is_415(doors: Doors, content_type: str) -> None:
    knock = doors.api(doors.enrollment(), content_type=content_type)
    check_refusal(doors, knock, 415, "unsupported_media_type", "send application/json")


def test_two_megabytes_are_413(doors: Doors) -> None:
    knock = doors.api(doors.enrollment(idempotency_key="x" * 2_000_000))
    check_refusal(doors, knock, 413, "too_large", "over 1 MB")
    check_refusal(doors, replace(knock, is_chunked=True), 413, "too_large", "over 1 MB")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"record": None}, ("record",)),
        ({"record": {"object": "contact"}}, ("record.id",)),
        ({"record": {"object": "deal", "id": "1"}}, ("record.object",)),
        ({"record": {"object": "contact", "id": 7}}, ("record.id",)),
        ({"record": {"object": "contact", "id": "\x00"}}, ("record.id",)),
        ({"record": {"object": "contact", "id": "1", "x": 1}}, ("record.x",)),
        ({"sequence": None, "account_id": 2}, ("sequence", "account_id")),
        ({"sequence": "\ud800"}, ("sequence",)),
        ({"sequence": "x" * 61}, ("sequence",)),
        ({"idempotency_key": "\x00"}, ("idempotency_key",)),
        ({"idempotency_key": ""}, ("idempotency_key",)),
        ({"idempotency_key": "x" * 201}, ("idempotency_key",)),
    ],
    ids=str,
)
def test_a_body_that_is_not_as_documented_is_422_and_names_each_field(
    doors: Doors, fields: dict[str, Any], named: tuple[str, ...]
) -> None:
    knock = doors.api(doors.enrollment(**fields))
    check_refusal(doors, knock, 422, "invalid", "`fields`", DOCUMENT, fields=named)


def test_an_unknown_sequence_is_422_and_says_which_there_are(doors: Doors) -> None:
    knock = doors.api(doors.enrollment(sequence="nope"))
    check_refusal(doors, knock, 422, "unknown_sequence", "'nope'", "high-intent", fields=("sequence",))


@pytest.mark.parametrize("record_id", ["999999999", "abc", "../x", "1,2", " "])
def test_an_unknown_record_is_404(doors: Doors, record_id: str) -> None:
    knock = doors.api(doors.enrollment(record={"object": "contact", "id": record_id}))
    check_refusal(doors, knock, 404, "record_not_found", f"no contact {record_id}")


def _lead(doors: Doors, number: int) -> dict[str, Any]:
    record_id = doors.lead(phone=f"+12125550{number}", email=f"api{number}@example.com")
    return {"object": "contact", "id": record_id}


def test_the_same_idempotency_key_gets_the_same_answer(doors: Doors) -> None:
    knock = doors.api(doors.enrollment(record=_lead(doors, 170), idempotency_key="form-170"))
    first, again = doors.knock(knock), doors.knock(knock)
    assert (first.status_code, first.json()["status"]) == (200, "enrolled")
    assert again.json() == first.json()


def test_an_idempotency_key_of_another_request_is_422(doors: Doors) -> None:
    asked = doors.enrollment(record=_lead(doors, 171), idempotency_key="form-171")
    assert doors.knock(doors.api(asked)).json()["status"] == "enrolled"
    other = doors.api(asked | {"record": _lead(doors, 172)})
    check_refusal(
        doors,
        other,
        422,
        "idempotency_key_reused",
        asked["record"]["id"],
        "use a new one",
        fields=("idempotency_key",),
    )


def test_fifty_requests_at_once_enroll_once_and_are_answered_alike(doors: Doors) -> None:
    knock = doors.api(doors.enrollment(record=_lead(doors, 173), idempotency_key="form-173"))
    before = doors.rows()["enrollment"]
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(doors.knock, [knock] * 50))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert doors.rows()["enrollment"] == before + 1


def test_fifty_requests_with_keys_of_their_own_enroll_once(doors: Doors) -> None:
    record = _lead(doors, 174)
    knocks = [doors.api(doors.enrollment(record=record, idempotency_key=f"own-{n}")) for n in range(50)]
    with ThreadPoolExecutor(50) as crowd:
        answers = [answer.json() for answer in crowd.map(doors.knock, knocks)]
    assert sorted({answer["status"] for answer in answers}) == ["already_active", "enrolled"]
    assert len({answer["enrollment_id"] for answer in answers}) == 1


def test_a_key_is_made_on_the_command_line_and_kept_as_a_hash_only(doors: Doors) -> None:
    made = doors.command("api-key", "--name", "Plain")
    assert (made.returncode, made.stderr) == (0, "")
    key = made.stdout.strip()
    assert doors.knock(doors.api(doors.enrollment(), key)).status_code == 200
    assert key not in str(doors.column("select hash from api_key"))
    check_discretion(doors, doors.stage.log("web"))
    assert key not in doors.stage.log("web")


def test_a_key_for_an_account_that_is_not_installed_is_refused_in_a_sentence(doors: Doors) -> None:
    refused = doors.command("api-key", "--account", "11111111")
    assert refused.returncode != 0
    assert "--account" in refused.stderr
    assert "Traceback" not in refused.stderr
