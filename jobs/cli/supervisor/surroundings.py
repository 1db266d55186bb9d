"""What the processes of a run find in their environment, and what they need to know of the sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import requests
from dotenv import dotenv_values

#: What a run with the sandbox is told when nobody says otherwise. A mail needs a postal address by law.
DEMO = {
    "SIXTHTOUCH_TIME": "scale",
    "COMPANY_NAME": "Harbor Roofing",
    "POSTAL_ADDRESS": "12 Harbor Street, Portland, ME 04101",
    "HANDOFF_NUMBER": "+12025550177",
}


class SandboxGoneError(Exception):
    """A sandbox was named and none answers there."""


def base_environment(data_dir: Path) -> dict[str, str]:
    """The environment of every process: this one's, the folder, and our programs first on the path."""
    programs = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    return {
        **os.environ,
        "DATA_DIR": str(data_dir.resolve()),
        "PATH": f"{programs}{os.pathsep}{path}" if path else programs,
        "PYTHONUNBUFFERED": "1",
    }


def demo_environment(sandbox_url: str) -> dict[str, str]:
    """What a run with a sandbox is told besides, as far as neither environment nor `.env` says it."""
    given = {**dotenv_values(".env"), **os.environ}
    defaults = {name: value for name, value in DEMO.items() if not given.get(name)}
    return {"SIXTHTOUCH_SANDBOX": sandbox_url, **defaults}


def sandbox_credentials(sandbox_url: str) -> Mapping[str, str]:
    """The sandbox's keys by the names of our settings. Raises SandboxGoneError."""
    try:
        answer = requests.get(f"{sandbox_url}/_sandbox/credentials", timeout=10)
        answer.raise_for_status()
        env: dict[str, str] = answer.json()["env"]
    except (requests.RequestException, ValueError, KeyError) as error:
        raise SandboxGoneError(
            f"No sandbox answers on {sandbox_url} (SIXTHTOUCH_SANDBOX): {error}"
        ) from error
    return env


def answers(url: str, headers: Mapping[str, str] | None = None) -> bool:
    """Whether an address answers with a success."""
    try:
        return requests.get(url, headers=headers, timeout=5).ok
    except requests.RequestException:
        return False
