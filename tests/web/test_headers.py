"""What every answer carries."""

from __future__ import annotations

from connector.store.sessions import Sessions
from connector.web.access import Access
from tests.web.neighborhood import ALICE, PUBLIC, Neighborhood, build_neighborhood
from tests.web.test_access import calls

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self' https://crm.example; base-uri 'none'; frame-ancestors 'none'"
)


def test_every_answer_carries_the_strict_headers(hood: Neighborhood) -> None:
    alice = hood.browser(ALICE)
    for method, path in [*calls(hood, *Access), ("GET", "/nowhere"), ("DELETE", "/")]:
        headers = alice.open(path, method=method, base_url=PUBLIC).headers
        assert headers["Content-Security-Policy"] == POLICY, path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_pages_are_not_kept_by_caches_and_assets_are(hood: Neighborhood) -> None:
    alice = hood.browser(ALICE)
    assert alice.get("/", base_url=PUBLIC).headers["Cache-Control"] == "no-store"
    assert "immutable" in alice.get("/static/app.css").headers["Cache-Control"]


def test_the_session_cookie_is_bound_to_this_host_on_https(hood: Neighborhood) -> None:
    cookie = hood.browser().get("/oauth/hubspot/start", base_url=PUBLIC).headers["Set-Cookie"]
    assert cookie.startswith("__Host-sixthtouch=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


def test_on_plain_http_there_is_neither_hsts_nor_a_secure_cookie(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, public_url="http://localhost:8000")
    answer = hood.browser().get("/oauth/hubspot/start")
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Set-Cookie"].startswith("sixthtouch=")
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_no_page_has_a_script_or_a_style_inside(hood: Neighborhood) -> None:
    hood.enroll()
    alice = hood.browser(ALICE)
    for path in ("/", "/install", "/enrollments", f"/contacts/{hood.contact_id()}", "/sequences/high-intent"):
        page = alice.get(path, base_url=PUBLIC).text
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_vendored_assets_are_checked_by_their_hash(hood: Neighborhood) -> None:
    page = hood.browser(ALICE).get("/", base_url=PUBLIC).text
    assert page.count('integrity="sha384-') == 2
