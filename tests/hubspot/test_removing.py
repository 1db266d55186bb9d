"""Activities taken off the timeline again."""

from __future__ import annotations

import pytest

from connector.ports import ActivityKind
from tests.hubspot.loopback import Portal, activity


@pytest.mark.parametrize("kind", list(ActivityKind))
def test_an_activity_is_taken_off_the_timeline_and_nothing_is_said_when_it_is_gone(
    portal: Portal, kind: ActivityKind
) -> None:
    crm = portal.install()
    told = activity(kind=kind, record_id=portal.create_contact())
    (written,) = crm.create_activities(kind, [told])
    crm.remove_activity(kind, written.crm_id)
    assert crm.find_activities(kind, [told]) == {}
    crm.remove_activity(kind, written.crm_id)
    crm.remove_activity(kind, "999999")
