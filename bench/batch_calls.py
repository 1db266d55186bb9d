"""The baseline of `write-back`: the batches it sent, once more by the same SDK, nothing recorded."""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from adapters.hubspot.apis import Apis
from adapters.hubspot.transport import Transport, new_pool
from adapters.manifest import load_manifest
from connector.settings import Settings, load_settings

_TYPE = re.compile(r"/objects/[^/]+/(?P<type>[^/]+)/batch/create$")


def measure(settings: Settings, creations: list[tuple[str, dict[str, Any]]]) -> float:
    """Inputs a second of these bodies, on one connection."""
    base = settings.hubspot_api_url
    version = load_manifest().hubspot.api_version
    transport = Transport(new_pool(), base, version=version, read_seconds=settings.send_timeout_seconds)
    api = Apis(transport, base, "access").object_batches
    begun = time.perf_counter()
    for target, body in creations:
        found = _TYPE.search(target)
        if found is None:
            raise ValueError(f"no creation of a batch: {target}")
        json.loads(api.create(found["type"], body, _preload_content=False).data)
    return sum(len(body["inputs"]) for _, body in creations) / (time.perf_counter() - begun)


def main(answer: Path, responder: str) -> None:
    """Take over what was sent since the last time, send it once to warm up, measure, answer."""
    settings = load_settings()
    with urllib.request.urlopen(f"{responder}/_creations", timeout=60) as kept:
        creations = json.load(kept)
    measure(settings, creations[:1])
    rate = measure(settings, creations)
    with urllib.request.urlopen(f"{responder}/_creations", timeout=60) as own:
        own.read()
    answer.write_text(json.dumps({"per_second": rate}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
