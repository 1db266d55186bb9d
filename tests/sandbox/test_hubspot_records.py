"""Records at HubSpot: what is kept, what is refused, in which shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from adapters.sandbox.hubspot import crm
from tests.sandbox.play import Play
from tests.sandbox.portal import SEARCH, Api, engagement, install

CONTACTS = "/crm/objects/2026-03/contacts"
NOTES = "/crm/objects/2026-03/notes"


@pytest.fixture
def api(play: Play) -> Api:
    return install(play)


def code_of(answer: requests.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


def test_a_contact_is_created_read_changed_and_archived(api: Api) -> None:
    id_ = api.create(email="Dana@Example.com", firstname="Dana", hs_timezone="america_slash_denver")
    read = api.get(f"{CONTACTS}/{id_}", properties="email,phone,hs_timezone")
    assert read["properties"]["email"] == "dana@example.com"
    assert read["properties"]["phone"] is None
    assert read["createdAt"] == "2027-03-02T14:45:00.000Z"
    changed = api.call("PATCH", f"{CONTACTS}/{id_}", {"properties": {"phone": "+12125550142"}})
    assert changed.json()["properties"]["phone"] == "+12125550142"
    assert api.get(f"{CONTACTS}/dana@example.com", idProperty="email")["id"] == id_
    assert api.call("DELETE", f"{CONTACTS}/{id_}").status_code == 204
    assert api.call("GET", f"{CONTACTS}/{id_}").status_code == 404
    assert api.get(f"{CONTACTS}/{id_}", archived="true")["archived"] is True


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"nickname": "D"}, "PROPERTY_DOESNT_EXIST"),
        ({"lifecyclestage": "friend"}, "INVALID_OPTION"),
        ({"hs_timezone": "America/New_York"}, "INVALID_OPTION"),
        ({"hubspot_owner_id": "40001"}, "INVALID_OWNER_ID"),
        ({"email": "dana"}, "INVALID_EMAIL"),
        ({"hs_email_optout": "true"}, "READ_ONLY_VALUE"),
        ({"createdate": "2027-01-01"}, "READ_ONLY_VALUE"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(api: Api, properties: dict[str, str], code: str) -> None:
    answer = api.call("POST", CONTACTS, {"properties": properties, "associations": []})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert code_of(answer) == code


def test_an_address_belongs_to_one_contact(api: Api) -> None:
    id_ = api.create(email="dana@example.com")
    again = api.call("POST", CONTACTS, {"properties": {"email": "DANA@example.com"}, "associations": []})
    assert again.status_code == 409
    assert f"Existing ID: {id_}" in again.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {}, "associations": [], "colour": "red"},
        {"associations": []},
        {"properties": []},
        {"properties": {}, "associations": [{"to": {"id": "1"}}]},
    ],
)
def test_a_body_of_another_form_is_refused(api: Api, body: Any) -> None:
    answer = api.call("POST", CONTACTS, body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_another_content_type_is_refused(api: Api, play: Play) -> None:
    headers = {"Authorization": f"Bearer {api.tokens['access_token']}"}
    answer = requests.post(f"{play.url}/hubspot{CONTACTS}", data={"a": "b"}, headers=headers, timeout=5)
    assert answer.status_code == 415


def test_pages_lead_through_all_records(api: Api) -> None:
    made = [api.create(email=f"lead{n}@example.com") for n in range(7)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = api.get(CONTACTS, limit=3, properties="email", **after)
        seen += [record["id"] for record in page["results"]]
        if "paging" not in page:
            break
        after = {"after": page["paging"]["next"]["after"]}
    assert seen == made
    assert api.call("GET", CONTACTS, limit=101).status_code == 400


@pytest.mark.parametrize(
    ("type_", "type_id", "properties"),
    [
        ("calls", 194, {"hs_call_body": "b", "hs_call_status": "COMPLETED", "hs_call_direction": "OUTBOUND"}),
        ("emails", 198, {"hs_email_direction": "EMAIL", "hs_email_subject": "s"}),
        (
            "communications",
            81,
            {"hs_communication_channel_type": "SMS", "hs_communication_logged_from": "CRM"},
        ),
        ("notes", 202, {"hs_note_body": "n"}),
        ("tasks", 204, {"hs_task_subject": "t", "hs_task_status": "NOT_STARTED"}),
        ("meetings", 200, {"hs_meeting_title": "m"}),
    ],
)
def test_an_engagement_stands_on_its_contact(
    api: Api, type_: str, type_id: int, properties: dict[str, str]
) -> None:
    contact = api.create(email="dana@example.com")
    path = f"/crm/objects/2026-03/{type_}"
    made = api.post(f"{path}/batch/create", {"inputs": [engagement(contact, type_id, **properties)]})
    (id_,) = [record["id"] for record in made["results"]]
    asked = {"inputs": [{"id": contact}]}
    found = api.post(f"/crm/associations/2026-03/contacts/{type_}/batch/read", asked)
    assert [to["toObjectId"] for to in found["results"][0]["to"]] == [id_]
    read = api.get(f"{path}/{id_}", associations="contacts")
    assert read["associations"]["contacts"]["results"][0]["id"] == contact
    wrong = engagement(contact, 4, **properties)
    assert code_of(api.call("POST", path, wrong)) == "INVALID_ASSOCIATION_TYPE"
    nobody = engagement("1", type_id, **properties)
    assert code_of(api.call("POST", path, nobody)) == "INVALID_OBJECT_IDS"
    del nobody["properties"]["hs_timestamp"]
    assert code_of(api.call("POST", path, nobody)) == "REQUIRED_PROPERTY"


def test_a_record_without_associations_is_named_in_a_207(api: Api) -> None:
    contact = api.create(email="dana@example.com")
    body = {"inputs": [{"id": contact}]}
    answer = api.call("POST", "/crm/associations/2026-03/contacts/notes/batch/read", body)
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"]["fromObjectId"] == [contact]


def test_an_email_has_its_parties_from_its_headers(api: Api) -> None:
    contact = api.create(email="dana@example.com")
    headers = '{"from":{"email":"a@x.example"},"to":[{"email":"dana@example.com"}]}'
    given = engagement(contact, 198, hs_email_direction="EMAIL", hs_email_headers=headers)
    id_ = api.post("/crm/objects/2026-03/emails", given)["id"]
    read = api.get(f"/crm/objects/2026-03/emails/{id_}", properties="hs_email_from_email,hs_email_to_email")
    assert read["properties"]["hs_email_from_email"] == "a@x.example"
    assert read["properties"]["hs_email_to_email"] == "dana@example.com"


def test_a_batch_without_trace_ids_is_all_or_nothing(api: Api) -> None:
    contact = api.create(email="dana@example.com")
    inputs = [engagement(contact, 202, hs_note_body="n"), engagement(contact, 202, colour="red")]
    assert api.call("POST", f"{NOTES}/batch/create", {"inputs": inputs}).status_code == 400
    assert api.get(NOTES)["results"] == []


def test_a_batch_with_trace_ids_does_what_it_can(api: Api) -> None:
    contact = api.create(email="dana@example.com")
    inputs = [engagement(contact, 202, hs_note_body="n"), engagement(contact, 202, colour="red")]
    traced = [{**one, "objectWriteTraceId": f"t{n}"} for n, one in enumerate(inputs)]
    answer = api.call("POST", f"{NOTES}/batch/create", {"inputs": traced})
    assert answer.status_code == 207
    assert [record["objectWriteTraceId"] for record in answer.json()["results"]] == ["t0"]
    assert answer.json()["errors"][0]["context"]["objectWriteTraceId"] == ["t1"]


def test_a_batch_takes_a_hundred_and_no_more(api: Api) -> None:
    inputs = [{"properties": {"firstname": str(n)}, "associations": []} for n in range(101)]
    assert api.call("POST", f"{CONTACTS}/batch/create", {"inputs": inputs}).status_code == 400
    made = api.call("POST", f"{CONTACTS}/batch/create", {"inputs": inputs[:100]})
    assert made.status_code == 201
    ids = [{"id": record["id"]} for record in made.json()["results"]]
    asked = {"inputs": [*ids[:99], {"id": "1"}], "properties": ["firstname"], "propertiesWithHistory": []}
    read = api.call("POST", f"{CONTACTS}/batch/read", asked)
    assert read.status_code == 207
    assert len(read.json()["results"]) == 99
    assert read.json()["errors"][0]["context"]["ids"] == ["1"]


def test_an_upsert_creates_once(api: Api) -> None:
    one = {"id": "dana@example.com", "idProperty": "email", "properties": {"firstname": "Dana"}}
    for is_new in (True, False):
        answer = api.post(f"{CONTACTS}/batch/upsert", {"inputs": [one]})
        assert answer["results"][0]["new"] is is_new


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({"propertyName": "email", "operator": "EQ", "value": "A@example.com"}, ["a"]),
        ({"propertyName": "email", "operator": "NEQ", "value": "a@example.com"}, ["b", "c"]),
        ({"propertyName": "phone", "operator": "HAS_PROPERTY"}, ["b"]),
        ({"propertyName": "phone", "operator": "NOT_HAS_PROPERTY"}, ["a", "c"]),
        ({"propertyName": "firstname", "operator": "IN", "values": ["a", "c"]}, ["a", "c"]),
        ({"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "*@example.com"}, ["a", "b", "c"]),
        ({"propertyName": "createdate", "operator": "GTE", "value": "1804000000000"}, []),
        ({"propertyName": "firstname", "operator": "BETWEEN", "value": "a", "highValue": "b"}, ["a", "b"]),
    ],
)
def test_search_filters(api: Api, filter_: dict[str, Any], found: list[str]) -> None:
    for name in "abc":
        phone = {"phone": "+12125550142"} if name == "b" else {}
        api.create(email=f"{name}@example.com", firstname=name, **phone)
    body = {**SEARCH, "filterGroups": [{"filters": [filter_]}], "sorts": ["firstname"]}
    answer = api.post(f"{CONTACTS}/search", {**body, "properties": ["firstname"]})
    assert [record["properties"]["firstname"] for record in answer["results"]] == found
    assert answer["total"] == len(found)


def test_search_pages_and_has_limits(api: Api) -> None:
    for n in range(3):
        api.create(firstname=f"n{n}")
    first = api.post(f"{CONTACTS}/search", {**SEARCH, "limit": 2, "sorts": ["-firstname"]})
    assert (first["total"], first["paging"]["next"]["after"]) == (3, "2")
    assert api.call("POST", f"{CONTACTS}/search", {**SEARCH, "limit": 201}).status_code == 400
    assert api.call("POST", f"{CONTACTS}/search", {**SEARCH, "after": "9999"}).status_code == 400
    unknown = {"filters": [{"propertyName": "nickname", "operator": "HAS_PROPERTY"}]}
    assert api.call("POST", f"{CONTACTS}/search", {**SEARCH, "filterGroups": [unknown]}).status_code == 400


def test_search_lags_when_told(api: Api, play: Play) -> None:
    fault = {"vendor": "hubspot", "path": "*/search", "kind": "search_lag", "seconds": 60}
    requests.post(f"{play.url}/_sandbox/faults", json=fault, timeout=5)
    api.create(firstname="Dana")
    assert api.post(f"{CONTACTS}/search", SEARCH)["total"] == 0
    requests.delete(f"{play.url}/_sandbox/faults", timeout=5)
    assert api.post(f"{CONTACTS}/search", SEARCH)["total"] == 1


def test_properties_are_added_once(api: Api) -> None:
    group = {"name": "mine", "label": "Mine"}
    path = "/crm/properties/2026-03/contacts"
    assert api.call("POST", f"{path}/groups", group).status_code == 201
    assert api.call("POST", f"{path}/groups", group).status_code == 409
    options = [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}]
    one = {"name": "mine_a", "label": "A", "groupName": "mine", "type": "enumeration", "fieldType": "select"}
    assert code_of(api.call("POST", path, one)) == "INVALID_OPTIONS"
    assert api.call("POST", path, {**one, "options": options}).status_code == 201
    again = api.call("POST", path, {**one, "options": options})
    assert (again.status_code, again.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    other = {"name": "mine_b", "label": "B", "groupName": "mine", "type": "string", "fieldType": "text"}
    both = api.call("POST", f"{path}/batch/create", {"inputs": [{**one, "options": options}, other]})
    assert both.status_code == 207
    assert [made["name"] for made in both.json()["results"]] == ["mine_b"]
    names = [known["name"] for known in api.get(path)["results"]]
    assert {"mine_a", "mine_b", "email"} <= set(names)
    assert code_of(api.call("POST", path, {**other, "name": "c", "groupName": "x"})) == "GROUP_DOESNT_EXIST"
    assert code_of(api.call("POST", path, {**other, "name": "c", "fieldType": "date"})) == "INVALID_TYPE"
    id_ = api.create(mine_a="a")
    wrong = api.call("PATCH", f"{CONTACTS}/{id_}", {"properties": {"mine_a": "b"}})
    assert code_of(wrong) == "INVALID_OPTION"


def test_what_a_user_does_is_on_the_record(api: Api, play: Play) -> None:
    world = play.server.world
    dana = crm.create_contact(world, {"firstname": "Dana", "hs_analytics_source": "PAID_SEARCH"})
    crm.set_owner(world, dana, "bob")
    crm.opt_out(world, dana, "email")
    note = crm.log_rep_activity(world, dana, "note", "bob")
    asked = "hubspot_owner_id,hs_email_optout,hs_analytics_source"
    read = api.get(f"{CONTACTS}/{dana}", properties=asked, associations="notes")
    assert read["properties"]["hubspot_owner_id"] == "50002"
    assert read["properties"]["hs_email_optout"] == "true"
    assert read["associations"]["notes"]["results"][0]["id"] == note
    assert [entry["type"] for entry in crm.timeline(world, dana)] == ["notes"]


def until_refused(call: Callable[[], requests.Response]) -> list[requests.Response]:
    """Calls until one is too many: on a slow machine the window moves on meanwhile."""
    answers = [call()]
    while answers[-1].status_code == 200 and len(answers) < 2_000:
        answers.append(call())
    return answers


def test_more_than_110_calls_in_ten_seconds_are_too_many(api: Api) -> None:
    answers = until_refused(lambda: api.call("GET", "/crm/owners/2026-03"))
    assert answers[-1].status_code == 429
    assert answers[-1].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert len(answers) > 110
    assert answers[0].headers["X-HubSpot-RateLimit-Remaining"] == "109"


def test_search_has_a_limit_of_its_own(api: Api) -> None:
    answers = until_refused(lambda: api.call("POST", f"{CONTACTS}/search", SEARCH))
    assert answers[-1].status_code == 429
    assert answers[-1].json()["policyName"] == "SECONDLY"
    assert len(answers) > 5
    assert api.call("GET", "/crm/owners/2026-03").headers["X-HubSpot-RateLimit-Remaining"] == "109"
