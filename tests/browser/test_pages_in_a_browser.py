"""The pages as people meet them: both themes, phone width, keyboard, without scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from connector.ports import TextReceived
from connector.use_cases.invite import invite
from tests.browser.conftest import Site, Watch, sign_in
from tests.engine.fakes import DANA
from tests.web.neighborhood import Neighborhood

Theme = Literal["light", "dark"]
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def addresses(village: Neighborhood) -> list[str]:
    """Every page, the stories of all eight leads among them."""
    stories = [f"/contacts/{village.contact_id(str(number))}" for number in range(101, 109)]
    fixed = [
        "/install",
        "/",
        "/listed",
        "/enrollments",
        "/enrollments?state=paused&outcome=booked",
        "/sequences",
        "/sequences/high-intent",
        "/sequences/generic-14-day",
        f"/contacts/{village.contact_id('101')}/caps",
        "/settings/caps",
        "/settings/api-keys",
        "/settings/owners",
        "/settings/people",
        "/settings/connection",
        invitation(village),
    ]
    return [*fixed, *stories]


def invitation(village: Neighborhood) -> str:
    """The page behind a link that is still good."""
    link = invite(village.world, village.alice.account_id, village.alice.user_id, "sam@harbor.example")
    return urlsplit(link).path


def open_folds(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.timeout(180)
def test_every_page_is_accessible_and_quiet_and_asks_nobody_else(
    site: Site, chromium: Browser, theme: Theme
) -> None:
    context = chromium.new_context(color_scheme=theme)
    sign_in(context, site)
    page, watch = context.new_page(), Watch()
    watch.over(page)
    for address in addresses(site.village):
        page.goto(site.address + address)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        open_folds(page)
        found = Axe().run(page, options=_RULES)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    context.close()
    assert watch.complaints == []
    assert watch.hosts <= {"127.0.0.1", "data"}


def test_the_accessibility_check_does_find_something(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content('<html lang="en"><title>x</title><main><img src="data:,"><input></main></html>')
    assert Axe().run(page, options=_RULES).violations_count >= 2
    page.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [320, 375])
def test_nothing_sticks_out_on_a_phone(site: Site, chromium: Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 720})
    sign_in(context, site)
    page = context.new_page()
    for address in addresses(site.village):
        page.goto(site.address + address)
        open_folds(page)
        page.evaluate("document.querySelectorAll('details.ask').forEach((one) => { one.open = false; })")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, address
    expect(page.locator("nav.main")).to_be_in_viewport()
    context.close()


def with_page(site: Site, chromium: Browser, look: Callable[[Page, Watch], None], **options: Any) -> None:
    """A signed-in browser at Dana's story; whatever it complains of fails the test."""
    context = chromium.new_context(**options)
    sign_in(context, site)
    page, watch = context.new_page(), Watch()
    watch.over(page)
    page.goto(f"{site.address}/contacts/{site.village.contact_id('106')}")
    look(page, watch)
    context.close()
    assert watch.complaints == []


def test_a_story_goes_on_by_itself_and_what_was_folded_open_stays_so(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        fold = page.locator("details[id$='-folded']").last
        fold.locator("> summary").click()
        name = fold.get_attribute("id")
        words = TextReceived("+12125550106", "+12025550100", "Call me please", "in-106")
        site.village.hear(words, "late")
        expect(page.get_by_text("Call me please").first).to_be_attached(timeout=15000)
        expect(page.locator(f"details[id='{name}']")).to_have_attribute("open", "")

    with_page(site, chromium, look)


def test_the_now_line_moves_when_nothing_else_does(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.evaluate("document.getElementById('live').dataset.kept = 'yes'")
        site.village.clock.at += dt.timedelta(minutes=7)
        expect(page.locator("#now")).to_contain_text("23:12", timeout=15000)
        expect(page.locator("#live")).to_have_attribute("data-kept", "yes")

    with_page(site, chromium, look)


def test_stopping_asks_once_and_names_what_happens(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.locator("#stop > summary").click()
        expect(page.locator("#stop")).to_contain_text("This cannot be taken back")
        page.keyboard.press("Escape")
        expect(page.locator("#stop-do")).to_be_hidden()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Stop the follow-up").click()
        expect(page.get_by_text("Follow-up stopped by alice@harbor.example.").first).to_be_visible()

    with_page(site, chromium, look)


def test_a_question_is_answered_by_keyboard_and_the_answer_stands_where_it_was_asked(
    site: Site, chromium: Browser
) -> None:
    def look(page: Page, _: Watch) -> None:
        page.goto(f"{site.address}/")
        went = page.locator("summary", has_text="It went: call to Bea Lund")
        went.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Your name is kept with it.").first).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("nobody can say")).to_have_count(0)
        page.goto(f"{site.address}/listed")
        expect(page.locator("tbody tr")).to_contain_text(["alice@harbor.example"])
        expect(page.get_by_text("Nothing waits for your answer")).to_be_visible()

    with_page(site, chromium, look)


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("main").locator(":focus")).to_be_visible()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"

    with_page(site, chromium, look)


def test_the_theme_is_chosen_and_kept(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.get_by_role("button", name="Light or dark").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    with_page(site, chromium, look, color_scheme="light")


def test_without_scripts_a_person_still_steers(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.locator("#resume > summary").click()
        page.get_by_role("button", name="Resume the follow-up").click()
        expect(page.get_by_text("Follow-up resumed by alice@harbor.example.")).to_be_visible()
        page.goto(f"{site.address}/enrollments")
        page.get_by_label("Name, email or number").fill(DANA.first_name)
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_role("link", name=f"{DANA.first_name} {DANA.last_name}")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(1)

    with_page(site, chromium, look, java_script_enabled=False)


def test_without_scripts_a_dark_system_gets_a_dark_page(site: Site, chromium: Browser) -> None:
    pages = {}
    for theme in ("light", "dark"):
        context = chromium.new_context(java_script_enabled=False, color_scheme=theme)
        page = context.new_page()
        page.goto(f"{site.address}/install")
        pages[theme] = page.screenshot(clip={"x": 0, "y": 0, "width": 4, "height": 4})
        context.close()
    assert pages["light"] != pages["dark"]


def test_a_key_is_made_and_can_be_copied(site: Site, chromium: Browser) -> None:
    def look(page: Page, _: Watch) -> None:
        page.goto(f"{site.address}/settings/api-keys")
        page.get_by_label("Name of a new key").fill("Import")
        page.get_by_role("button", name="Create key").click()
        expect(page.locator("#new-key")).to_contain_text("st_")
        page.goto(f"{site.address}/settings/api-keys")
        expect(page.locator("#new-key")).to_have_count(0)

    with_page(site, chromium, look)
