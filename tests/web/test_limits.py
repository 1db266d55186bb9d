"""Strangers may ask so often and no more; what is signed, and probes, always get through."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from adapters.wiring import limit_storage
from connector.settings import load_settings
from connector.store.sessions import Sessions
from connector.use_cases import api_keys
from connector.use_cases.unsubscribe_links import unsubscribe_url
from connector.web import create_web
from connector.web.access import Access, access_of
from connector.web.limits import LimitStorage, is_limited
from tests.web.neighborhood import PUBLIC, TOUCH_ID, Neighborhood, build_neighborhood, signed

#: Open to strangers and not counted by requests, each for a reason.
UNCOUNTED = {
    "/actions/<string:crm>/enroll": "counted when the signature is wrong",
    "/actions/<string:crm>/sequences": "counted when the signature is wrong",
    "/healthz": "a probe",
    "/static/<path:filename>": "files, with a long life in caches",
    "/u/<token>": "counted when the link is wrong: a reader's own always works",
    "/voice/<provider>/<any(answered,pressed,dialed):moment>/<touch_id>": "counted when the signature is wrong",
    "/voice/<provider>/<any(incoming,dialed):moment>": "counted when the signature is wrong",
    "/webhooks/<provider>": "counted when the signature is wrong",
    "/webhooks/<provider>/<path:rest>": "counted when the signature is wrong",
}
ENROLL = {"record": {"object": "contact", "id": "101"}, "sequence": "high-intent"}


@dataclass
class Caller:
    """Somebody at an address, as the proxy before us says."""

    hood: Neighborhood
    address: str = "203.0.113.7"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", **more: Any) -> Any:
        headers = {"X-Forwarded-For": self.address, **self.headers, **more.pop("headers", {})}
        return self.hood.app.test_client().open(path, method=method, base_url=PUBLIC, headers=headers, **more)

    def statuses(self, times: int, path: str, method: str = "GET", **more: Any) -> list[int]:
        return [self.ask(path, method, **more).status_code for _ in range(times)]


@pytest.fixture
def strict(sessions: Sessions) -> Neighborhood:
    """A team that lets strangers ask three times a minute."""
    return build_neighborhood(sessions, public_requests_per_minute=3, refusals_per_minute=3)


def test_every_route_for_strangers_is_counted_or_is_listed_with_its_reason(hood: Neighborhood) -> None:
    open_to_strangers = {
        rule.rule: is_limited(hood.app, rule.endpoint)
        for rule in hood.app.url_map.iter_rules()
        if access_of(hood.app, rule.endpoint) in (Access.PUBLIC, Access.SIGNED)
    }
    assert {rule for rule, counted in open_to_strangers.items() if not counted} == set(UNCOUNTED)


def test_pages_for_strangers_are_counted_together_and_more_is_429_with_a_time(strict: Neighborhood) -> None:
    stranger = Caller(strict)
    asked = ["/install", "/oauth/hubspot/start", "/oauth/hubspot/callback", "/join/x", "/install"]
    assert [stranger.ask(path).status_code for path in asked] == [200, 302, 400, 429, 429]
    answer = stranger.ask("/install")
    assert answer.headers["Retry-After"] == "60"
    assert "That was too often" in answer.text
    assert Caller(strict, "203.0.113.8").ask("/install").status_code == 200


def test_wrong_keys_are_counted_and_good_ones_are_not(strict: Neighborhood) -> None:
    key = api_keys.create(strict.world, strict.alice.account_id, "Form")
    good = Caller(strict, "198.51.100.1", {"Authorization": f"Bearer {key}"})
    assert set(good.statuses(6, "/api/v1/enrollments", "POST", json=ENROLL)) == {200}
    guesser = Caller(strict, headers={"Authorization": "Bearer st_guess"})
    assert guesser.statuses(5, "/api/v1/enrollments", "POST", json=ENROLL) == [401, 401, 401, 429, 429]
    answer = guesser.ask("/api/v1/enrollments", "POST", json=ENROLL)
    assert answer.get_json() == {
        "code": "too_many_requests",
        "message": "Wait a minute, then try again.",
        "fields": {},
    }
    assert answer.headers["Retry-After"] == "60"
    assert good.ask("/api/v1/enrollments", "POST", json=ENROLL).status_code == 200


def test_a_good_key_is_let_in_whatever_its_address_sent_before(strict: Neighborhood) -> None:
    key = api_keys.create(strict.world, strict.alice.account_id, "Form")
    colleague, guesser = (
        Caller(strict, headers={"Authorization": f"Bearer {each}"}) for each in (key, "st_guess")
    )
    assert guesser.statuses(5, "/api/v1/enrollments", "POST", json=ENROLL)[-1] == 429
    assert colleague.statuses(5, "/api/v1/enrollments", "POST", json=ENROLL) == [200] * 5
    assert guesser.ask("/api/v1/enrollments", "POST", json=ENROLL).status_code == 429


@pytest.mark.parametrize(
    "path", ["/webhooks/fake/x", f"/voice/fake/pressed/{TOUCH_ID}", "/actions/hubspot/sequences"]
)
def test_wrong_signatures_are_counted_and_what_is_signed_is_always_taken(
    strict: Neighborhood, path: str
) -> None:
    forger = Caller(strict)
    assert forger.statuses(5, path, "POST", data=b"e1") == [401, 401, 401, 429, 429]
    assert forger.ask(path, "POST", data=b"e1").get_json()["code"] == "too_many_requests"
    provider = Caller(strict, headers=signed(path))
    assert all(status < 300 for status in provider.statuses(10, path, "POST", data=b"e1"))


def test_wrong_links_are_counted_and_a_readers_own_always_works(strict: Neighborhood) -> None:
    strict.enroll()
    strict.work(strict.clock.now().replace(hour=15, minute=5))
    touch_id = next(message.touch_id for message in strict.providers.sent)
    link = unsubscribe_url(strict.world.settings, touch_id).removeprefix(PUBLIC)
    reader = Caller(strict)
    assert reader.statuses(5, "/u/wrong") == [404, 404, 404, 429, 429]
    assert reader.statuses(5, link, "POST") == [200] * 5


def test_probes_are_never_counted(strict: Neighborhood) -> None:
    prober = Caller(strict)
    for path in ("/healthz", "/metrics"):
        assert 429 not in prober.statuses(8, path)


def test_a_stranger_may_not_ask_without_end_whether_it_is_ready(strict: Neighborhood) -> None:
    assert Caller(strict).statuses(5, "/readyz") == [200, 200, 200, 429, 429]


def test_who_runs_it_may(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, public_requests_per_minute=3, metrics_token="for the operator alone")
    operator = Caller(hood, headers={"Authorization": "Bearer for the operator alone"})
    assert operator.statuses(8, "/readyz") == [200] * 8
    assert "counts" in operator.ask("/readyz").get_json()
    assert hood.browser().get("/readyz").get_json().keys() == {"ok", "idle"}


def test_only_the_proxy_before_us_is_believed(strict: Neighborhood) -> None:
    liars = [Caller(strict, f"10.0.0.{number}, 203.0.113.7") for number in range(5)]
    assert [liar.ask("/install").status_code for liar in liars] == [200, 200, 200, 429, 429]


def test_without_a_proxy_nobody_says_who_they_are(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, public_requests_per_minute=3, trusted_proxies=0)
    liars = [Caller(hood, f"203.0.113.{number}") for number in range(5)]
    assert [liar.ask("/install").status_code for liar in liars] == [200, 200, 200, 429, 429]


def test_the_addresses_of_one_ipv6_network_count_as_one(strict: Neighborhood) -> None:
    line = [Caller(strict, f"2001:db8:1:2::{number}") for number in range(5)]
    assert [each.ask("/install").status_code for each in line] == [200, 200, 200, 429, 429]
    assert Caller(strict, "2001:db8:1:3::1").ask("/install").status_code == 200


def test_processes_that_share_a_redis_count_together(strict: Neighborhood, redis_url: str) -> None:
    storage = LimitStorage(*limit_storage(load_settings(redis_url=redis_url)))
    statuses = []
    for _ in range(2):
        strict.app = create_web(strict.world, storage)
        statuses += Caller(strict).statuses(2, "/install")
    assert statuses == [200, 200, 200, 429]
    with Redis.from_url(redis_url) as redis:
        assert all(0 < redis.ttl(key) <= 60 for key in redis.keys("*"))


def test_while_redis_is_away_it_is_counted_in_memory(strict: Neighborhood, tmp_path: Path) -> None:
    away = load_settings(redis_url=f"unix://{tmp_path}/nobody.sock")
    strict.app = create_web(strict.world, LimitStorage(*limit_storage(away)))
    assert Caller(strict).statuses(5, "/install") == [200, 200, 200, 429, 429]
