"""Every route says who may call it, and holds to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from connector.use_cases import api_keys
from connector.use_cases.invite import invite
from connector.web.access import Access, UnclassifiedRouteError, access_of, check_every_route
from tests.web.neighborhood import BOB, CHARLIE, PUBLIC, TOUCH_ID, Neighborhood

_VALUES = {
    "filename": "app.css",
    "provider": "fake",
    "rest": "more",
    "moment": "dialed",
    "touch_id": TOUCH_ID,
    "token": "no-token",
    "crm": "hubspot",
    "key": "high-intent",
    "act": "pause",
    "said": "went",
    "decision": "approve",
    "contact_id": 1,
    "enrollment_id": 1,
    "key_id": 1,
    "owner_id": 1,
    "invitation_id": 1,
    "text_id": 1,
}

#: The whole surface of the web process. A new route is added here with a thought.
SURFACE = {
    "/": Access.USER,
    "/actions/<string:crm>/enroll": Access.SIGNED,
    "/actions/<string:crm>/sequences": Access.SIGNED,
    "/api/openapi.json": Access.PUBLIC,
    "/api/v1/enrollments": Access.KEY,
    "/contacts/<int:contact_id>": Access.USER,
    "/contacts/<int:contact_id>/caps": Access.USER,
    "/contacts/<int:contact_id>/story": Access.USER,
    "/enrollments": Access.USER,
    "/enrollments/<int:enrollment_id>/<any(pause,resume,stop):act>": Access.USER,
    "/enrollments/live": Access.USER,
    "/healthz": Access.PUBLIC,
    "/install": Access.PUBLIC,
    "/join/<token>": Access.SIGNED,
    "/listed": Access.USER,
    "/listed/<touch_id>/<any(went,send,leave):said>": Access.USER,
    "/listed/live": Access.USER,
    "/metrics": Access.OPERATOR,
    "/oauth/<crm>/callback": Access.PUBLIC,
    "/oauth/<crm>/start": Access.PUBLIC,
    "/readyz": Access.PUBLIC,
    "/sequences": Access.USER,
    "/sequences/<key>": Access.USER,
    "/sequences/<key>/caps/<any(approve,revoke):decision>": Access.ADMIN,
    "/settings/api-keys": Access.ADMIN,
    "/settings/api-keys/<int:key_id>/revoke": Access.ADMIN,
    "/settings/connection": Access.ADMIN,
    "/settings/connection/uninstall": Access.ADMIN,
    "/settings/caps": Access.ADMIN,
    "/settings/owners": Access.ADMIN,
    "/settings/owners/<int:owner_id>": Access.ADMIN,
    "/settings/people": Access.ADMIN,
    "/settings/people/invitations/<int:invitation_id>/revoke": Access.ADMIN,
    "/sign-out": Access.PUBLIC,
    "/static/<path:filename>": Access.PUBLIC,
    "/strangers/texts/<int:text_id>/welcome": Access.USER,
    "/today/live": Access.USER,
    "/u/<token>": Access.SIGNED,
    "/voice/<provider>/<any(answered,pressed,dialed):moment>/<touch_id>": Access.SIGNED,
    "/voice/<provider>/<any(incoming,dialed):moment>": Access.SIGNED,
    "/webhooks/<provider>": Access.SIGNED,
    "/webhooks/<provider>/<path:rest>": Access.SIGNED,
}


def calls(hood: Neighborhood, *levels: Access) -> Iterator[tuple[str, str]]:
    """Method and address of every route of these levels, with values filled in."""
    adapter = hood.app.url_map.bind("followup.example", url_scheme="https")
    for rule in hood.app.url_map.iter_rules():
        if access_of(hood.app, rule.endpoint) in levels:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                values = {name: _VALUES[name] for name in rule.arguments}
                yield method, adapter.build(rule.endpoint, values, method=method)


def test_the_surface_is_what_is_listed_here(hood: Neighborhood) -> None:
    found = {rule.rule: access_of(hood.app, rule.endpoint) for rule in hood.app.url_map.iter_rules()}
    assert found == SURFACE


def test_a_route_that_does_not_say_who_may_call_it_stops_the_start(hood: Neighborhood) -> None:
    hood.app.view_functions["forgotten"] = lambda: "secrets"
    hood.app.url_map.add(Rule("/forgotten", endpoint="forgotten"))
    with pytest.raises(UnclassifiedRouteError, match="/forgotten"):
        check_every_route(hood.app)


def test_a_stranger_is_sent_to_sign_in_from_every_page(hood: Neighborhood) -> None:
    stranger = hood.browser()
    for method, path in calls(hood, Access.USER, Access.ADMIN):
        answer = stranger.open(path, method=method, base_url=PUBLIC)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/install"), (method, path)


def test_a_part_of_a_page_that_polls_after_signing_out_sends_the_browser_to_sign_in(
    hood: Neighborhood,
) -> None:
    answer = hood.browser().get("/today/live", base_url=PUBLIC, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/install")


def test_a_rep_is_kept_out_of_every_admin_page(hood: Neighborhood) -> None:
    rep = hood.browser(BOB)
    hood.app.config["WTF_CSRF_ENABLED"] = False
    for method, path in calls(hood, Access.ADMIN):
        assert rep.open(path, method=method, base_url=PUBLIC).status_code == 403, (method, path)


def test_nobody_without_a_key_gets_into_the_api(hood: Neighborhood) -> None:
    for header in ({}, {"Authorization": "Bearer st_unknown"}, {"Authorization": "Basic abc"}):
        for method, path in calls(hood, Access.KEY):
            answer = hood.browser().open(path, method=method, headers=header)
            assert answer.status_code == 401
            assert answer.get_json()["code"] == "unauthorized"


def test_another_accounts_ids_are_not_there(hood: Neighborhood) -> None:
    hood.enroll()
    api_keys.create(hood.world, hood.alice.account_id, "Form")
    invite(hood.world, hood.alice.account_id, hood.alice.user_id, "sam@harbor.example")
    contact_id, enrollment_id = hood.contact_id(), hood.enrollment_id()
    charlie = hood.browser(CHARLIE)
    hood.app.config["WTF_CSRF_ENABLED"] = False
    answers = [
        charlie.get(f"/contacts/{contact_id}", base_url=PUBLIC),
        charlie.get(f"/contacts/{contact_id}/story", base_url=PUBLIC),
        charlie.post("/settings/api-keys/1/revoke", base_url=PUBLIC),
        charlie.post("/settings/people/invitations/1/revoke", base_url=PUBLIC),
        charlie.post("/settings/owners/1", base_url=PUBLIC),
        *(
            charlie.post(f"/enrollments/{enrollment_id}/{act}", base_url=PUBLIC)
            for act in ("pause", "resume", "stop")
        ),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert b"Dana" not in b"".join(answer.data for answer in answers)


def test_another_accounts_people_are_in_no_list(hood: Neighborhood) -> None:
    hood.enroll()
    charlie = hood.browser(CHARLIE)
    for path in (
        "/",
        "/enrollments",
        "/sequences",
        "/sequences/high-intent",
        "/settings/people",
        "/settings/owners",
    ):
        page = charlie.get(path, base_url=PUBLIC).text
        assert "Dana" not in page
        assert "harbor.example" not in page
