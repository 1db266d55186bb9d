"""Power cuts, lost answers and a Redis that forgets: no message twice, none missing, each activity once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from redis import Redis

from tests.stage.stage import Stage

#: The transactions of sending and of write-back, and of what comes in, by the function that makes them.
POINTS = ("_claim", "_settle", "_take_batches", "_note_news", "_collect", "_note", "_handle")
LEADS = 52
SENDS = {"Messages.json": "text", "Calls.json": "call", "mail/send": "email"}
ACTIVITIES = ("calls", "communications", "emails", "notes", "tasks")


def sent(ledger: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """How often each message was carried out: kind, lead, words (a call has none: its instant)."""
    found: Counter[tuple[str, str, str]] = Counter()
    for entry in ledger:
        kind = next((kind for end, kind in SENDS.items() if entry["path"].endswith(end)), "")
        # Status 0: the answer was lost, the message went.
        if (
            kind
            and entry["direction"] == "in"
            and entry["method"] == "POST"
            and entry["status"] in (0, 201, 202)
        ):
            found[kind, entry["contact"], entry["at"] if kind == "call" else entry["text"]] += 1
    return found


def written(ledger: list[dict[str, Any]]) -> Counter[str]:
    """How often each activity was created in the CRM, by its marker."""
    found: Counter[str] = Counter()
    for entry in ledger:
        is_create = any(f"/{object_}/batch/create" in entry["path"] for object_ in ACTIVITIES)
        if entry["direction"] == "in" and is_create and entry["status"] in (0, 201):
            for item in entry["body"]["inputs"]:
                text = json.dumps(item["properties"])
                found[text.split("[sixthtouch:")[1].split("]")[0]] += 1
    return found


def enroll(stage: Stage, how_many: int) -> list[str]:
    """That many leads in the CRM, who never answer, enrolled by a workflow."""
    records = [
        stage.create_lead({}, email=f"lead{n}@example.com", phone=f"+1212555{100 + n:04d}")
        for n in range(how_many)
    ]
    stage.settle()
    for record_id in records:
        stage.do("run_workflow", id=record_id, sequence="high-intent")
    return records


@pytest.mark.timeout(240)
def test_a_worker_killed_at_each_commit_loses_nothing_and_repeats_nothing(stage: Stage) -> None:
    stage.kill("worker")
    orders, died = stage.folder / "orders", stage.folder / "died"
    plan = [f"{point} {moment}" for point in POINTS for moment in ("before", "after")]
    orders.write_text("\n".join(plan), encoding="utf-8")
    stage.start_worker("nursery", ["-m", "tests.crash.nursery", str(orders), str(died)])
    records = enroll(stage, LEADS)
    stage.step("--for", "12m")
    stage.settle()
    assert died.read_text(encoding="utf-8").splitlines() == plan
    ledger = stage.ledger()
    messages = sent(ledger)
    assert Counter((kind, lead) for kind, lead, _ in messages.elements()) == Counter(
        {(kind, lead): 1 for lead in records for kind in ("call", "text")}
    )
    activities = written(ledger)
    assert set(activities.values()) == {1}
    assert Counter(key.split(":")[0] for key in activities) == {"change": LEADS, "touch": 2 * LEADS}


@pytest.mark.timeout(240)
def test_answers_lost_at_every_vendor_and_redis_emptied_lose_nothing_and_repeat_nothing(
    stage: Stage, redis_url: str
) -> None:
    records = enroll(stage, 6)
    for vendor, path, count in (
        ("twilio", "*/Calls.json", 3),
        ("twilio", "*/Messages.json", 3),
        ("sendgrid", "/v3/mail/send", 3),
        ("hubspot", "*/batch/create", 3),
        # Once: after each, HubSpot is left alone for 15 seconds.
        ("hubspot", "*/contacts/batch/update", 1),
    ):
        stage.fault(vendor=vendor, path=path, kind="accept_then_drop", rate=1, count=count)
    stage.step("--for", "1h")
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    stage.step("--for", "30h")
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    stage.step("--for", "2d")
    stage.settle()
    ledger = stage.ledger()
    messages = sent(ledger)
    assert set(messages.values()) == {1}
    expected = {"call": 3, "text": 2, "email": 1}
    assert Counter((kind, lead) for kind, lead, _ in messages) == Counter(
        {(kind, lead): count for lead in records for kind, count in expected.items()}
    )
    activities = written(ledger)
    assert set(activities.values()) == {1}
    # Enrolled and ended, six touches, one handoff.
    assert len(activities) == len(records) * 9
