"""The doctor beside a running product: all is well, and what is wrong is red with what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doors.doors import Doors

pytestmark = pytest.mark.timeout(120)


def examined(doors: Doors, **env: str) -> dict[str, list[tuple[str, str]]]:
    done = doors.command("doctor", "--json", **env)
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["ok"] else 1), done.stderr
    checks: dict[str, list[tuple[str, str]]] = {}
    for each in said["checks"]:
        checks.setdefault(each["check"], []).append((each["level"], each["sentence"]))
    return checks


def test_beside_a_running_product_nothing_is_red_and_everything_was_asked(doors: Doors) -> None:
    checks = examined(doors)
    assert [(name, said) for name, all_ in checks.items() for level, said in all_ if level == "red"] == []
    told = "\n".join(said for all_ in checks.values() for _, said in all_)
    for part in (
        "The database is at revision",
        "Redis answers.",
        "At work: 1 workers and the clock.",
        "/healthz answers.",
        "Twilio accepts the account.",
        "can text and call.",
        "SendGrid lets the key send.",
        "clock agrees with",
        f"Installed in hubspot {doors.portal}, which answers; its token is good for",
        "The last webhook of twilio came",
    ):
        assert part in told, told


def test_keys_that_are_wrong_are_red_each_with_what_to_do(doors: Doors) -> None:
    checks = examined(
        doors, TWILIO_AUTH_TOKEN="wrong", SENDGRID_API_KEY="SG.wrong", PUBLIC_URL="http://localhost:9"
    )
    assert [level for level, _ in checks["providers"]] == ["red", "red"]
    assert "TWILIO" in checks["providers"][0][1].upper()
    assert "SENDGRID_API_KEY" in checks["providers"][1][1]
    assert checks["web"][0][0] == "red"
