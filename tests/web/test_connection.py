"""The page of the connection, and uninstalling by its button."""

from __future__ import annotations

import datetime as dt

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.ports import TryLaterError
from connector.use_cases.uninstall import claim_uninstalls, uninstall
from tests.web.neighborhood import ALICE, CHARLIE, PUBLIC, Neighborhood, csrf_token
from tests.web.test_pages import words_of

CONNECTION = "/settings/connection"


def get(client: FlaskClient) -> str:
    answer = client.get(CONNECTION, base_url=PUBLIC)
    assert answer.status_code == 200
    return words_of(answer.text)


def press_uninstall(client: FlaskClient) -> TestResponse:
    token = csrf_token(client.get(CONNECTION, base_url=PUBLIC).text)
    return client.post(
        f"{CONNECTION}/uninstall",
        data={"csrf_token": token},
        base_url=PUBLIC,
        headers={"Referer": f"{PUBLIC}/"},
    )


def work(hood: Neighborhood) -> None:
    hood.clock.wall_at += dt.timedelta(hours=1)
    for installation_id in claim_uninstalls(hood.world):
        uninstall(hood.world, installation_id)


def test_the_button_asks_once_and_names_what_happens(hood: Neighborhood) -> None:
    hood.enroll()
    told = get(hood.browser(ALICE))
    assert "Connected" in told
    assert "All follow-ups under way (1) end at once, and nothing is sent any more." in told
    assert "HubSpot mails its admins" in told


def test_uninstalling_stops_everything_at_once_and_says_so_until_and_after_it_is_done(
    hood: Neighborhood,
) -> None:
    hood.enroll()
    alice = hood.browser(ALICE)
    hood.timeline.error = TryLaterError("HubSpot did not answer.")
    assert press_uninstall(alice).headers["Location"] == CONNECTION
    assert ("uninstall", (hood.alice.installation_id,)) in hood.queue.jobs
    work(hood)
    told = get(alice)
    assert "is being uninstalled from HubSpot. alice@harbor.example asked for it" in told
    assert "HubSpot did not answer. It is tried again." in told
    hood.timeline.error = None
    work(hood)
    told = get(alice)
    assert "Sixth Touch is uninstalled from HubSpot" in told
    assert "Install again" in told
    hood.work(hood.clock.at + dt.timedelta(days=3))
    assert hood.providers.sent == []


def test_installing_again_connects(hood: Neighborhood) -> None:
    press_uninstall(hood.browser(ALICE))
    work(hood)
    told = get(hood.browser(ALICE))
    assert "uninstalled" not in told
    assert "Connected" in told


def test_another_portals_admin_leaves_their_own_alone(hood: Neighborhood) -> None:
    alice, charlie = hood.browser(ALICE), hood.browser(CHARLIE)
    press_uninstall(charlie)
    assert "Connected" in get(alice)
    assert "being uninstalled" in get(charlie)
