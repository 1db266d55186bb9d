"""Every route is tried by another account, a rep and nobody; a new route is tried by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Select, select

from connector.ports import TextReceived
from connector.store.models import User
from connector.use_cases import api_keys
from connector.use_cases.invite import invite
from connector.web.access import Access
from tests.engine.fakes import TUESDAY
from tests.web.neighborhood import BOB, CHARLIE, PUBLIC, Neighborhood, sign_in, signed
from tests.web.surface import Call, calls, ids_of, rows

#: What stands on Alice's pages and must stand on nobody else's.
HERS = (
    "Dana", "Reyes", "dana@example.com", "2125550142", "Elm Street", "harbor.example",
    "Website of Alice", "Tomorrow is fine",
)  # fmt: skip
_MACHINES = ("/webhooks/", "/voice/", "/actions/", "/api/")


@dataclass
class Furnished:
    """Alice's account with something in every table, and Charlie's beside it."""

    hood: Neighborhood
    ids: dict[str, Any]
    charlie_key: str

    @property
    def alice(self) -> int:
        return self.hood.alice.account_id

    def calls(self, *levels: Access) -> list[Call]:
        return list(calls(self.hood, self.ids, *levels))

    def rows(self, *, hers: bool = False) -> dict[tuple[Any, ...], Any]:
        return rows(self.hood, self.alice if hers else None)

    def ask(self, client: FlaskClient, call: Call, **more: Any) -> Any:
        form = {"data": {**self.ids, "name": "x"}} if call.method != "GET" and "json" not in more else {}
        return client.open(call.path, method=call.method, base_url=PUBLIC, **(form | more))


@pytest.fixture
def furnished(hood: Neighborhood) -> Furnished:
    """Dana was followed up, answered and unsubscribed; there is a key, an invitation and a second team."""
    hood.enroll()
    hood.work(TUESDAY.replace(minute=5))
    hood.hear(TextReceived("+12125550142", "+12025550100", "Tomorrow is fine", "SM1"), "reply")
    hood.hear(TextReceived("+12125550142", "+12025550100", "STOP", "SM2"), "stop")
    hood.hear(TextReceived("+13035550177", "+12025550100", "Is the flat still free?", "SM3"), "unknown")
    api_keys.create(hood.world, hood.alice.account_id, "Website of Alice")
    invite(hood.world, hood.alice.account_id, hood.alice.user_id, "sam@harbor.example")
    hood.browser(BOB)
    hood.browser(CHARLIE)
    with hood.world.sessions.read() as session:
        charlie = max(row.account_id for row in session.scalars(_users()))
    assert charlie != hood.alice.account_id
    hood.app.config["WTF_CSRF_ENABLED"] = False
    return Furnished(
        hood, ids_of(hood, hood.alice.account_id), api_keys.create(hood.world, charlie, "Charlie's")
    )


def _users() -> Select[User]:
    return select(User)


def leaks(answer: Any) -> list[str]:
    """What of Alice's stands in an answer: body and headers."""
    told = answer.get_data(as_text=True) + str(answer.headers)
    return [word for word in HERS if word in told]


def test_another_account_finds_changes_and_reads_nothing(
    furnished: Furnished, subtests: pytest.Subtests
) -> None:
    charlie, before = furnished.hood.browser(CHARLIE), furnished.rows(hers=True)
    tried = furnished.calls(Access.USER, Access.ADMIN)
    assert any(call.names_a_row for call in tried)
    for call in tried:
        with subtests.test(call=f"{call.method} {call.rule}"):
            answer = furnished.ask(charlie, call)
            assert leaks(answer) == []
            assert answer.status_code == 404 if call.names_a_row else answer.status_code < 500
            assert furnished.rows(hers=True) == before


def test_another_accounts_key_finds_changes_and_reads_nothing(
    furnished: Furnished, subtests: pytest.Subtests
) -> None:
    before = furnished.rows(hers=True)
    header = {"Authorization": f"Bearer {furnished.charlie_key}"}
    record = {"object": "contact", "id": "101"}
    for call in furnished.calls(Access.KEY):
        for body in ({"record": record, "sequence": "high-intent"}, furnished.ids, {}):
            with subtests.test(call=f"{call.method} {call.rule}"):
                answer = furnished.ask(furnished.hood.browser(), call, json=body, headers=header)
                assert leaks(answer) == []
                assert answer.status_code == 404 if call.names_a_row else answer.status_code < 500
                assert furnished.rows(hers=True) == before


def test_a_rep_changes_nothing_that_is_an_admins(furnished: Furnished, subtests: pytest.Subtests) -> None:
    bob, before = furnished.hood.browser(BOB), furnished.rows()
    for call in furnished.calls(Access.ADMIN):
        with subtests.test(call=f"{call.method} {call.rule}"):
            answer = furnished.ask(bob, call)
            assert answer.status_code == 403
            assert "Website of Alice" not in answer.text
            assert furnished.rows() == before


def test_nobody_reads_or_changes_anything_behind_the_sign_in(
    furnished: Furnished, subtests: pytest.Subtests
) -> None:
    before = furnished.rows()
    for call in furnished.calls(Access.USER, Access.ADMIN, Access.KEY):
        with subtests.test(call=f"{call.method} {call.rule}"):
            answer = furnished.ask(furnished.hood.browser(), call)
            assert answer.status_code in (302, 401)
            assert leaks(answer) == []
            assert furnished.rows() == before


def test_who_was_signed_in_once_and_is_in_the_account_no_more_is_nobody(furnished: Furnished) -> None:
    bob = furnished.hood.browser(BOB)
    with furnished.hood.world.sessions.write() as session:
        session.delete(next(user for user in session.scalars(_users()) if user.crm_user_id == "9"))
    for call in furnished.calls(Access.USER, Access.ADMIN):
        answer = furnished.ask(bob, call)
        assert (answer.status_code, leaks(answer)) == (302, []), call


def test_what_is_public_tells_and_changes_nothing(furnished: Furnished, subtests: pytest.Subtests) -> None:
    before = furnished.rows()
    for call in furnished.calls(Access.PUBLIC):
        with subtests.test(call=f"{call.method} {call.rule}"):
            answer = furnished.ask(furnished.hood.browser(), call)
            assert answer.status_code < 500
            assert leaks(answer) == []
            assert furnished.rows() == before


def test_no_signed_door_opens_without_a_signature_or_with_another_doors(
    furnished: Furnished, subtests: pytest.Subtests
) -> None:
    before = furnished.rows()
    elsewhere = signed("/elsewhere")
    for call in furnished.calls(Access.SIGNED):
        for headers in ({}, elsewhere, {"X-Word": "open"}):
            with subtests.test(call=f"{call.method} {call.rule}", headers=headers):
                answer = furnished.ask(furnished.hood.browser(), call, headers=headers)
                is_machine = call.path.startswith(_MACHINES)
                assert answer.status_code in ((401,) if is_machine else (401, 404, 410))
                assert leaks(answer) == []
                assert furnished.rows() == before


def test_a_session_moved_to_another_account_by_hand_is_no_session(furnished: Furnished) -> None:
    charlie = furnished.hood.browser(CHARLIE)
    with charlie.session_transaction(base_url=PUBLIC) as session:
        session["account_id"] = furnished.alice
    answer = charlie.get("/", base_url=PUBLIC)
    assert (answer.status_code, leaks(answer)) == (302, [])


def test_a_state_of_one_browser_signs_no_other_in(hood: Neighborhood) -> None:
    first, second = hood.browser(), hood.browser()
    assert sign_in(first, BOB).status_code == 302
    first.get("/oauth/hubspot/start", base_url=PUBLIC)
    with first.session_transaction(base_url=PUBLIC) as session:
        state = session["oauth"]["state"]
    answer = second.get(f"/oauth/hubspot/callback?code={BOB}&state={state}", base_url=PUBLIC)
    assert answer.status_code == 400
    assert second.get("/", base_url=PUBLIC).status_code == 302
