"""What one account's CRM says or asks does nothing to another's contacts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connector.domain.enrollment import State
from connector.ports import ActionCall, Incoming, RawRequest, RecordChanged, RecordDeleted
from connector.store.models import Contact, Enrollment, Installation, StaleRecord
from connector.use_cases.handle import handle_events
from tests.web.neighborhood import CHARLIE, Neighborhood, Workflow, check, signed
from tests.web.surface import rows


@pytest.fixture
def both(hood: Neighborhood) -> Neighborhood:
    """Dana is followed up by Alice's team; Charlie's portal has installed, too."""
    hood.enroll()
    hood.browser(CHARLIE)
    return hood


def _hear(hood: Neighborhood, news: Incoming, key: str) -> None:
    """HubSpot's webhook brings an event, as every portal's come: through one door, signed alike."""
    webhooks: Any = hood.world.outside.webhooks
    webhooks["hubspot"] = hood.source
    hood.source.events[key] = news
    path = "/webhooks/hubspot"
    assert hood.browser().post(path, data=key.encode(), headers=signed(path)).status_code == 204
    jobs, hood.queue.jobs[:] = list(hood.queue.jobs), []
    for job, ids in jobs:
        if job == "handle_events":
            handle_events(hood.world, [int(each) for each in ids])


def _charlies(hood: Neighborhood) -> int:
    with hood.world.sessions.read() as session:
        return session.scalars(select(Installation.id).where(Installation.external_account == "2")).one()


@pytest.mark.parametrize("news", [RecordDeleted("2", "contact", "101"), RecordChanged("2", "contact", "101")])
def test_an_event_of_charlies_portal_with_the_id_of_alices_record_is_charlies(
    both: Neighborhood, news: Incoming
) -> None:
    before = rows(both, both.alice.account_id)
    _hear(both, news, "of charlie")
    assert rows(both, both.alice.account_id) == before
    with both.world.sessions.read() as session:
        stale = session.scalars(select(StaleRecord.installation_id)).all()
    assert stale == ([_charlies(both)] if isinstance(news, RecordChanged) else [])


class CharliesWorkflow(Workflow):
    """A workflow of Charlie's portal, signed as every portal's are: with the app's secret."""

    def accept_action(self, request: RawRequest) -> ActionCall:
        check(request)
        return ActionCall("2", "callback-101", "contact", "101", {"sequence": "high-intent"})


def test_a_workflow_of_charlies_portal_enrolls_no_record_of_alices(both: Neighborhood) -> None:
    actions: Any = both.world.outside.actions
    actions["hubspot"] = CharliesWorkflow()
    before = rows(both, both.alice.account_id)
    path = "/actions/hubspot/enroll"
    answer = both.browser().post(path, data=b"-", headers=signed(path))
    assert (answer.status_code, answer.text) == (200, '{"status":"blocked"}')
    assert rows(both, both.alice.account_id) == before


def test_a_repeat_of_an_event_does_nothing_twice(both: Neighborhood) -> None:
    _hear(both, RecordDeleted("1", "contact", "101"), "once")
    before = rows(both)
    _hear(both, RecordDeleted("1", "contact", "101"), "once")
    assert rows(both) == before
    with both.world.sessions.read() as session:
        assert session.scalars(select(Contact.deleted_at)).one() is not None
        assert session.scalars(select(Enrollment.state)).one() is State.ENDED
