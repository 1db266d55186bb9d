"""The processes of `Procfile`: what a platform starts one by one, `sixthtouch run` starts together."""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>.+)$")


def read_procfile(path: Path) -> dict[str, str]:
    """Process name -> shell command."""
    lines = (_LINE.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {line["name"]: line["command"] for line in lines if line}


def shell(command: str) -> list[str]:
    """The arguments that run a Procfile's command, as the process itself and not below a shell."""
    return ["/bin/sh", "-c", f"exec {command}"]
