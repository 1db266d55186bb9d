"""Writes the reference pages that are made from the code: `python docs/reference/write.py`."""

from __future__ import annotations

from pathlib import Path

from connector.domain.policy.reference import policy_rules_page
from connector.domain.state_diagram import enrollment_states_page

PAGES = {
    "enrollment-states.md": enrollment_states_page,
    "policy-rules.md": policy_rules_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(), encoding="utf-8")
