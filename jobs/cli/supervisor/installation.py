"""Installs the app into the sandbox as a person would: in a browser, over the consent page."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

_SECONDS = 30
_ALLOW = "allow"


class InstallationError(Exception):
    """The walk did not arrive; the message says at which page it stands."""


class _ConsentForm(HTMLParser):
    """The form of a consent page: where it goes, what it carries, and the button that allows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.has_allow = False
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what a browser would send."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and (self._select not in self.fields or "selected" in given):
            self.fields[self._select] = given.get("value", "")
        elif tag == "button" or (tag == "input" and given.get("type") == "submit"):
            self._take_button(given)
        elif tag == "input" and given.get("name"):
            is_choice = given.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in given:
                self.fields[given["name"]] = given.get("value", "")

    def _take_button(self, given: dict[str, str]) -> None:
        if given.get("value", "").lower() == _ALLOW:
            self.has_allow = True
            self.fields[given.get("name", "")] = given["value"]


def install(app_url: str, crm: str = "hubspot") -> None:
    """Walk from the app over the CRM's consent page and back. Raises InstallationError."""
    with requests.Session() as browser:
        page = _ask(browser, "GET", f"{app_url}/oauth/{crm}/start")
        form = _ConsentForm(page.text)
        if not form.has_allow:
            raise InstallationError(f"{page.url} is not a consent page. It says: {page.text[:300]}")
        _ask(browser, "POST", urljoin(page.url, form.action), form.fields)


def _ask(
    browser: requests.Session, method: str, url: str, fields: dict[str, str] | None = None
) -> requests.Response:
    try:
        answer = browser.request(method, url, data=fields, timeout=_SECONDS)
    except requests.RequestException as error:
        raise InstallationError(f"{url} does not answer: {error}") from error
    if not answer.ok:
        raise InstallationError(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
    return answer
