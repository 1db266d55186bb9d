"""A real Chromium before the real pages. Where there is none the run ends by saying so, and how to get one."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from connector.store.sessions import Sessions
from tests.browser.village import build_village
from tests.web.neighborhood import ALICE, Neighborhood

_HERE = Path(__file__).parent
_PLACES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_ADVICE = """NOT LOOKED AT: no browser was found, so the pages were not opened in one. Install it:
  apt-get install --no-install-recommends chromium-headless-shell fonts-liberation
or name one: CHROMIUM=/path/to/chromium"""


def find_chromium() -> str:
    """The path of a Chromium; empty when there is none."""
    return os.environ.get("CHROMIUM", "") or next(filter(None, map(shutil.which, _PLACES)), "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out where there is no browser: the suite needs Python alone. CI installs one first."""
    if find_chromium():
        return
    ours = [item for item in items if item.path.is_relative_to(_HERE)]
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that they were left out, below everything else."""
    if not find_chromium():
        terminalreporter.section("the pages in a browser")
        terminalreporter.line(_ADVICE)


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the output belongs to the tests."""


@dataclass
class Site:
    """The village behind a real server."""

    village: Neighborhood
    server: BaseWSGIServer
    thread: threading.Thread

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@dataclass
class Watch:
    """What a browser complained of, and whom it asked."""

    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or "data"))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture
def site(sessions: Sessions) -> Iterator[Site]:
    """The village, served."""
    holder = make_server("127.0.0.1", 0, lambda environ, start: [], threaded=True, request_handler=_Silent)
    village = build_village(sessions, public_url=f"http://127.0.0.1:{holder.port}")
    holder.app = village.app
    thread = threading.Thread(target=holder.serve_forever, daemon=True)
    thread.start()
    yield Site(village, holder, thread)
    holder.shutdown()
    thread.join()
    holder.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        yield browser
        browser.close()


def sign_in(context: BrowserContext, site: Site) -> None:
    """As Alice, through the consent page's redirect."""
    answer = context.request.get(f"{site.address}/oauth/hubspot/start", max_redirects=0)
    state = answer.headers["location"].split("state=")[1].split("&")[0]
    context.request.get(f"{site.address}/oauth/hubspot/callback?code={ALICE}&state={state}")
