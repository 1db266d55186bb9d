"""What the last run in a data folder told its processes, so that a command beside it sees the same.

`sixthtouch explain` in another terminal knows nothing of the sandbox that `sixthtouch run` started:
its settings would be of real vendors on real time, and the folder would rightly refuse them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

_NAME = "run.json"


def keep_environment(data_dir: Path, env: Mapping[str, str]) -> None:
    """Note what a run tells its processes, for its owner's eyes only."""
    path = data_dir / _NAME
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(env), indent=2) + "\n", encoding="utf-8")


def take_environment(data_dir: Path) -> None:
    """Put it into this process's environment, as far as that does not say otherwise."""
    try:
        kept = json.loads((data_dir / _NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    for name, value in kept.items():
        os.environ.setdefault(name, value)
