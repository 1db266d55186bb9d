"""What the processes of a run wrote, searched for the people whom it followed up."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.stage.stage import DANA, Stage

PROCESSES = ("web", "worker", "clock")
_NUMBER = re.compile(r"\+\d{7,15}|%2B\d{7,15}|\(\d{3}\) \d{3}-\d{4}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
#: Shorter words stand in sentences of ours, too.
_LEAST_WORDS = 12


def indiscretions(stage: Stage) -> list[str]:
    """Lines with a number, an address, a name or words of a message; and lines that are not JSON."""
    words = _words(stage.ledger())
    found = []
    for name in PROCESSES:
        for line in stage.log(name).splitlines():
            try:
                said = json.dumps(json.loads(line), ensure_ascii=False)
            except ValueError:
                found.append(f"{name}, no JSON: {line}")
                continue
            if _NUMBER.search(said) or _ADDRESS.search(said) or any(each in said for each in words):
                found.append(f"{name}: {line}")
    return found


def _words(ledger: list[dict[str, Any]]) -> set[str]:
    """What was said, a line each, on either way, and who heard it."""
    said = {DANA["firstname"], DANA["lastname"], DANA["sixthtouch_topic"]}
    for entry in ledger:
        lines = str(entry.get("text") or "").splitlines()
        said |= {line.strip() for line in lines if len(line.strip()) >= _LEAST_WORDS}
    return said
