"""Providers' webhooks, calls, workflows, the link in a mail, probes."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.engine.fakes import TUESDAY
from tests.web.neighborhood import PUBLIC, TOUCH_ID, Neighborhood, signed

SIGNED = [
    "/webhooks/fake",
    "/webhooks/fake/text-status/t_1?x=a%20b",
    f"/voice/fake/answered/{TOUCH_ID}",
    f"/voice/fake/pressed/{TOUCH_ID}",
    "/actions/hubspot/enroll",
    "/actions/hubspot/sequences",
]


@pytest.mark.parametrize("path", SIGNED)
def test_an_unsigned_request_is_401_and_the_log_names_the_public_origin(
    hood: Neighborhood, path: str
) -> None:
    with capture_logs() as logs:
        answer = hood.browser().post(path, data=b"event-1", base_url="http://127.0.0.1:8000")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "bad_signature")
    assert PUBLIC + path in answer.get_json()["message"]
    (line,) = [line for line in logs if line["event"] == "bad_signature"]
    assert (line["checked_against"], line["provider"]) == (PUBLIC, path.split("/")[2])


@pytest.mark.parametrize(
    ("method", "path", "event", "route"),
    [
        ("POST", "/webhooks/nobody/a-secret", "unknown_provider", "/webhooks/<provider>/<path:rest>"),
        ("POST", "/webhooks/a-secret", "unknown_provider", "/webhooks/<provider>"),
        (
            "POST",
            "/webhooks/fake/inbound/a-secret?a-secret",
            "bad_signature",
            "/webhooks/<provider>/<path:rest>",
        ),
        ("PUT", "/webhooks/fake/inbound/a-secret", "method_not_allowed", "/webhooks/<provider>/<path:rest>"),
        ("GET", "/actions/hubspot/enroll?a-secret", "method_not_allowed", "/actions/<string:crm>/enroll"),
        ("POST", "/voice/fake/inbound/a-secret", "not_found", "/voice/…"),
        ("POST", "/api/a-secret", "not_found", "/api/…"),
    ],
)
def test_a_refusal_is_logged_by_its_route_and_not_by_its_address(
    hood: Neighborhood, method: str, path: str, event: str, route: str
) -> None:
    with capture_logs() as logs:
        hood.browser().open(path, method=method, data=b"event-1")
    assert [line["route"] for line in logs if line["event"] == event] == [route]
    assert "a-secret" not in str(logs)


@pytest.mark.parametrize("path", SIGNED)
def test_a_signed_body_that_cannot_be_read_is_400(hood: Neighborhood, path: str) -> None:
    answer = hood.browser().post(path, data=b"?", headers=signed(path))
    assert (answer.status_code, answer.get_json()["code"]) == (400, "bad_body")


@pytest.mark.parametrize("path", SIGNED)
def test_a_huge_body_is_413_before_anything_else(hood: Neighborhood, path: str) -> None:
    answer = hood.browser().post(path, data=b"x" * (1024 * 1024 + 1), headers=signed(path))
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/voice/nobody/answered/t_1", "/actions/nobody/enroll"])
def test_an_unknown_sender_is_404(hood: Neighborhood, path: str) -> None:
    assert hood.browser().post(path, headers=signed(path)).status_code == 404


def test_a_webhook_is_stored_once_and_answered_204_each_time(hood: Neighborhood) -> None:
    path = "/webhooks/fake/events"
    for _ in range(2):
        assert hood.browser().post(path, data=b"e1,e2", headers=signed(path)).status_code == 204
    assert [job for job, _ in hood.queue.jobs] == ["handle_events"]


def test_the_address_is_verified_as_it_was_sent(hood: Neighborhood) -> None:
    path = "/webhooks/fake/a%2Fb/caf%C3%A9?q=1%2B1&r="
    assert hood.browser().post(path, data=b"e1", headers=signed(path)).status_code == 204


def test_a_call_is_answered_within_the_request(hood: Neighborhood) -> None:
    path = f"/voice/fake/pressed/{TOUCH_ID}"
    answer = hood.browser().post(path, data=b"Digits=1", headers=signed(path))
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.startswith("<say>")
    assert hood.switchboard.asked == [path]


def test_a_workflow_enrolls_within_the_request(hood: Neighborhood) -> None:
    path = "/actions/hubspot/enroll"
    answer = hood.browser().post(path, data=b"101,high-intent", headers=signed(path))
    assert (answer.status_code, answer.text) == (200, '{"status":"enrolled"}')


def test_a_workflow_editor_gets_the_sequences(hood: Neighborhood) -> None:
    path = "/actions/hubspot/sequences"
    answer = hood.browser().post(path, data=b"-", headers=signed(path))
    assert answer.text.split(",") == ["generic-14-day", "high-intent"]


def mailed(hood: Neighborhood) -> str:
    """Follow Dana up until the mail has gone; the path of its link."""
    hood.enroll()
    hood.work(TUESDAY.replace(hour=23, minute=59))
    mails = [message for message in hood.providers.sent if hasattr(message, "unsubscribe_url")]
    return str(mails[0].unsubscribe_url).removeprefix(PUBLIC)


def test_a_get_of_the_link_asks_and_unsubscribes_nobody(hood: Neighborhood) -> None:
    link = mailed(hood)
    for _ in range(2):
        answer = hood.browser().get(link, base_url=PUBLIC)
        assert answer.status_code == 200
        assert "Unsubscribe from Harbor Homes?" in answer.text
        assert "Set-Cookie" not in answer.headers


def test_one_click_unsubscribes_without_cookie_token_or_redirect(hood: Neighborhood) -> None:
    link = mailed(hood)
    answer = hood.browser().post(link, data={"List-Unsubscribe": "One-Click"}, base_url=PUBLIC)
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert "Set-Cookie" not in answer.headers
    again = hood.browser().post(link, base_url=PUBLIC)
    assert again.status_code == 200
    assert "You are unsubscribed" in hood.browser().get(link, base_url=PUBLIC).text


def test_a_link_that_is_not_ours_is_404(hood: Neighborhood) -> None:
    mailed(hood)
    ours = hood.world.settings
    forged = unsubscribe_url(ours.model_copy(update={"secret_key": "another secret"}), TOUCH_ID)
    for token in ("nonsense", "é.x", forged.rsplit("/", 1)[1]):
        assert hood.browser().get(f"/u/{token}", base_url=PUBLIC).status_code == 404
        assert hood.browser().post(f"/u/{token}", base_url=PUBLIC).status_code == 404


def test_ready_says_whether_there_is_anything_to_do(hood: Neighborhood) -> None:
    hood.work(TUESDAY)
    idle = hood.browser().get("/readyz").get_json()
    assert (idle["ok"], idle["idle"], idle["next_due_at"]) == (True, True, None)
    hood.enroll()
    due = hood.browser().get("/readyz").get_json()
    assert due["next_due_at"] == "2027-03-02T15:01:00+00:00"


def test_a_stranger_is_told_no_more_than_whether_it_is_ready_and_idle(hood: Neighborhood) -> None:
    hood.work(TUESDAY)
    answer = hood.browser().get("/readyz", headers={"X-Forwarded-For": "203.0.113.7"})
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True, "idle": True})


def test_alive(hood: Neighborhood) -> None:
    assert hood.browser().get("/healthz").get_json() == {"status": "ok"}
