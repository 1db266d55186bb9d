"""The unsubscribe page: strangers' links are 404 and change nothing, the reader's own works from any program."""

from __future__ import annotations

import pytest

from connector.settings import Settings
from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.doors.doors import Doors


def link(doors: Doors, touch_id: str = "", secret: str = "") -> str:
    """The path of a link as the product makes it with this secret (its own by default)."""
    kept = (doors.stage.folder / "keys" / "secret_key").read_text(encoding="utf-8").strip()
    settings = Settings(secret_key=secret or kept, public_url=doors.stage.app)
    return unsubscribe_url(settings, touch_id or doors.touch_id).removeprefix(doors.stage.app)


def _strange(doors: Doors) -> dict[str, str]:
    good = link(doors)
    return {
        "nonsense": "/u/nonsense",
        "cut off": good[:-1],
        "with a letter more": good + "x",
        "signed with another key": link(doors, secret="another secret key of 32 letters"),
        "of another run's touch": link(doors, "t_of_another_run"),
        "not ASCII": "/u/%C3%A9%FF",
        "NUL": "/u/%00",
        "long": "/u/" + "a" * 3000,
        "dots": "/u/a.b.c.d",
        "another purpose's token": "/u/" + doors.stage.sign_in().cookies.values()[0],
    }


NAMES = (
    "nonsense", "cut off", "with a letter more", "signed with another key", "of another run's touch",
    "not ASCII", "NUL", "long", "dots", "another purpose's token",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_link_that_is_not_ours_is_a_page_with_404_and_changes_nothing(doors: Doors, name: str) -> None:
    path = _strange(doors)[name]
    doors.stage.settle()
    before, log = doors.rows(), doors.log()
    for method in ("GET", "POST"):
        answer = doors.stage.http.request(method, doors.stage.app + path, timeout=5)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "There is nothing here" in answer.text
    assert doors.rows() == before
    assert [line["method"] for line in log.lines("unknown_unsubscribe_link")] == ["GET", "POST"]
    assert path.removeprefix("/u/") not in log.text()
    assert "Traceback" not in log.text()


def test_a_look_at_the_link_unsubscribes_nobody_and_a_post_does_once(doors: Doors) -> None:
    stage = doors.stage
    record = doors.lead(phone="+12125550180", email="reader@example.com")
    stage.do("run_workflow", id=record, sequence="high-intent")
    stage.settle()
    stage.step("--for", "1m")
    stage.settle()
    (touch,) = doors.column(
        "select t.id from touch t join contact c on c.id = t.contact_id where c.email = 'reader@example.com'"
    )
    path, before = link(doors, touch), doors.rows()
    for method in ("GET", "HEAD", "GET"):
        assert stage.http.request(method, stage.app + path, timeout=5).status_code == 200
    assert doors.rows() == before
    for body in ({"List-Unsubscribe": "One-Click"}, {}, b"\x00" * 100):
        answer = stage.http.post(stage.app + path, data=body, timeout=5)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
        assert "You are unsubscribed" in answer.text
    assert doors.rows()["signal"] == before["signal"] + 1
    (state,) = doors.column(
        "select e.state from enrollment e join contact c on c.id = e.contact_id "
        "where c.email = 'reader@example.com'"
    )
    assert state == "ended"
