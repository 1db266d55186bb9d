"""What was held against the specifications in this run of the tests, for its summary."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from adapters.sandbox.deviations import DEVIATIONS, Deviation
from tests.specs.documents import FILES, PUBLISHED, Documents, read_documents
from tests.specs.exchange import Exchange, read_exchanges
from tests.specs.validation import Problem, problems_of

#: Exchanges held, by the area whose tests made them.
held: Counter[str] = Counter()
met: set[Deviation] = set()


def packed() -> dict[str, Any]:
    """What was found here, for the process that sums up."""
    return {"held": dict(held), "met": [DEVIATIONS.index(one) for one in met]}


def take(found: dict[str, Any]) -> None:
    """Add what another process has found."""
    held.update(found.get("held", {}))
    met.update(DEVIATIONS[number] for number in found.get("met", []))


def folder() -> Path | None:
    """The folder of the vendors' specifications, when it is at hand."""
    given = os.environ.get("SPECS", "")
    return Path(given).resolve() if given else None


def hold(record: Path, area: str, *, answers_alone: bool = False) -> list[str]:
    """What in a record is not as the specifications say and no known deviation; deviations met are noted.

    Without specifications at hand exchanges are only read, which fails for one that is not whole.
    `answers_alone` is for tests that ask wrongly on purpose.
    """
    exchanges = read_exchanges(record)
    held[area] += len(exchanges)
    at = folder()
    if at is None:
        return []
    problems = list(unexplained(exchanges, read_documents(at), DEVIATIONS, met))
    return [str(one) for one in problems if not (answers_alone and one.where.startswith("request"))]


def unexplained(
    exchanges: Iterable[Exchange], documents: Documents, known: Sequence[Deviation], used: set[Deviation]
) -> Iterator[Problem]:
    """The problems that no known deviation covers; the deviations that cover one are added to `used`."""
    for exchange in exchanges:
        for problem in problems_of(exchange, documents):
            covering = [one for one in known if _covers(one, problem)]
            used.update(covering)
            if not covering:
                yield problem


def _covers(deviation: Deviation, problem: Problem) -> bool:
    return deviation.covers(problem.vendor, problem.operation, problem.where, problem.kind, problem.value)


def summary() -> list[str]:
    """What a reader of the tests' output should know; nothing if nothing was held."""
    count = held.total()
    if not count:
        return []
    if folder() is None:
        return [
            f"NOT HELD: SPECS is not set, so {count} exchanges were read, and no more.",
            "Set SPECS to a folder with these files, as their vendors publish them:",
            *(f"  {vendor}/: {', '.join(files)} from {PUBLISHED[vendor]}" for vendor, files in FILES.items()),
        ]
    unmet = [f"  {one.vendor}: {one.operation}: {one.where}" for one in DEVIATIONS if one not in met]
    lines = [f"{count} exchanges held; {len(met)} of {len(DEVIATIONS)} known deviations met."]
    # A part of the suite cannot meet all of them.
    is_whole = {"journeys", "sandbox"} <= set(held)
    return [*lines, "Deviations that nothing needs any more:", *unmet] if unmet and is_whole else lines
