"""What a mailbox provider does when its reader presses "unsubscribe" (RFC 8058)."""

from __future__ import annotations

import re
from typing import Any

_BODY = "List-Unsubscribe=One-Click"


def one_click_url(headers: dict[str, Any]) -> str | None:
    """The address to post to; None when the mail offers no one-click unsubscription.

    Over https only, as RFC 8058 demands; plain http passes on loopback, where no certificate exists.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if given.get("list-unsubscribe-post", "").strip() != _BODY:
        return None
    for url in re.findall(r"<([^>]+)>", given.get("list-unsubscribe", "")):
        if re.match(r"https://|http://(localhost|127\.0\.0\.1)[:/]", url):
            return str(url)
    return None


def one_click_request() -> tuple[dict[str, str], bytes]:
    """Headers and body of the request: no cookie, no session, nothing but the agreed words."""
    return {"Content-Type": "application/x-www-form-urlencoded"}, _BODY.encode()
