"""What a run of chaos came to, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.judge import story
from tests.chaos.run import Outcome

_MOST_DIFFERENCES = 50
_MOST_STORIES = 3


def summary(outcome: Outcome) -> Iterator[str]:
    """The figures, a line each."""
    found = outcome.judgement
    listed = found.listed - found.accepted.keys()
    lost = sum(count for (_, kind), count in found.faults.items() if kind == "accept_then_drop")
    yield f"touches planned      {found.planned}, of {len(found.leads)} leads"
    yield f"leads blocked        {len(found.blocked)}, their record could not be read and the workflow was told so"
    yield (
        f"                     {len(found.accepted)} accepted + {len(found.never_accepted)} never accepted "
        f"+ {len(listed)} listed"
    )
    yield f"activities           {len(found.activities)}"
    yield f"workers killed       {outcome.kills}"
    yield f"Redis emptied        {outcome.emptied} times, {outcome.lost_jobs} jobs in it"
    yield f"lost answers         {lost}"
    for (vendor, kind), count in sorted(found.faults.items()):
        yield f"  {vendor:<10} {kind:<22} {count}"
    yield f"duplicates           {found.twice}"
    yield f"differences          {len(found.differences)}"
    yield f"minutes              {outcome.minutes:.1f}"


def differences(outcome: Outcome) -> Iterator[str]:
    """What is wrong, and the whole story of the first leads concerned."""
    found = outcome.judgement
    yield from found.differences[:_MOST_DIFFERENCES]
    if len(found.differences) > _MOST_DIFFERENCES:
        yield f"… and {len(found.differences) - _MOST_DIFFERENCES} more"
    told = [lead for lead in found.leads if any(lead in line for line in found.differences)]
    for lead in told[:_MOST_STORIES]:
        yield f"--- all that the ledger says of lead {lead}"
        touches = [key for key, sent in found.accepted.items() if sent[0]["contact"] == lead]
        yield from story(outcome.ledger, lead, touches)
