"""A power cut at each commit: no message twice, none missing, each activity once. All at random: tests/chaos."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.crash.leap import leap
from tests.stage.stage import Stage

#: The transactions of sending and of write-back, and of what comes in, by the function that makes them.
POINTS = (
    "advance._claim",
    "settle._settle",
    "create_activities._take_batches",
    "create_activities._note_news",
    "contact_status._collect",
    "contact_status._note",
    "handle._handle",
)
LEADS = 20
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
    for name in ("worker", "clock"):
        stage.kill(name)
    orders, died, ahead = (stage.folder / name for name in ("orders", "died", "ahead"))
    leap(ahead, 0)
    stage.start_worker("clock", ["-m", "tests.crash.nursery", "clock", str(ahead)])
    plan = [f"{point} {moment}" for point in POINTS for moment in ("before", "after")]
    orders.write_text("\n".join(plan), encoding="utf-8")
    stage.start_worker("nursery", ["-m", "tests.crash.nursery", "workers", *map(str, (ahead, orders, died))])
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
