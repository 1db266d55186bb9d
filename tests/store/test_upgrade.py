"""From the last release to this one: nothing is lost, work goes on, and who does not fit does not start."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text

from connector.domain.touch import TouchState
from connector.store.migrate import SchemaError, current_revision, head_revision, migrate, require_head
from connector.store.models import CapsChange, ListedTouch, SequenceRow, Touch
from connector.store.sessions import Sessions, open_engine
from tests.engine.fakes import DANA, TUESDAY
from tests.store.released import fill, rows_of, tables
from tests.web.neighborhood import ALICE, PUBLIC, build_neighborhood, other

RELEASED = "0001"
ERIN = other("102", first_name="Erin", last_name="Vale")
PAGES = ("/", "/enrollments", "/contacts/1", "/contacts/2", "/sequences", "/settings/people")
PROCESSES = {
    "web": [sys.executable, "-c", "import app; app.create_app()"],
    "worker": [sys.executable, "-m", "jobs.worker"],
    "clock": [sys.executable, "-m", "jobs.clock"],
}


@pytest.fixture
def released(empty_database_url: str) -> Iterator[Engine]:
    """The last release's database, with rows of every table."""
    engine = open_engine(empty_database_url)
    migrate(engine, to=RELEASED)
    fill(engine, RELEASED, tables(engine))
    yield engine
    engine.dispose()


def test_every_row_of_the_last_release_is_as_it_was(released: Engine) -> None:
    columns = {name: table.c.keys() for name, table in tables(released).items()}
    before = rows_of(released, columns)
    assert all(before.values())
    migrate(released)
    assert current_revision(released) == head_revision() != RELEASED
    assert rows_of(released, columns) == before


def test_what_the_last_release_left_in_the_middle_goes_on_and_is_shown(released: Engine) -> None:
    migrate(released)
    sessions = Sessions(released)
    hood = build_neighborhood(sessions, [DANA, ERIN])
    hood.clock.at = hood.clock.wall_at = TUESDAY.replace(hour=23)
    browser = hood.browser(ALICE)
    for page in PAGES:
        answer = browser.get(page, base_url=PUBLIC)
        assert (page, answer.status_code) == (page, 200)
    hood.work(TUESDAY.replace(hour=23, minute=59))
    assert [type(message).__name__ for message in hood.providers.sent] == ["EmailMessage"]
    with sessions.read() as session:
        touches = session.query(Touch).where(Touch.contact_id == 1).order_by(Touch.planned_at).all()
    assert [touch.step_id for touch in touches] == ["call-1", "text-1", "call-2", "text-2", "email-1"]
    assert {touch.state for touch in touches} == {TouchState.DONE}


def test_a_touch_that_was_listed_is_on_the_list_with_why_and_can_be_answered(released: Engine) -> None:
    known = tables(released)["touch"]
    with released.begin() as connection:
        first, second = connection.execute(select(known.c.id).order_by(known.c.planned_at).limit(2)).scalars()
        listed = known.update().values(
            state=TouchState.LISTED.value, trouble="The provider could not be asked."
        )
        connection.execute(listed.where(known.c.id.in_([first, second])))
        # One was never sent, as far as is known.
        connection.execute(known.update().where(known.c.id == second).values(sent_at=None))
    migrate(released)
    sessions = Sessions(released)
    with sessions.read() as session:
        touches = {each.id: each for each in session.scalars(select(Touch))}
        found = {row.touch_id: row for row in session.scalars(select(ListedTouch))}
    assert found.keys() == {first, second}
    assert found[first].listed_at == touches[first].sent_at
    assert found[second].listed_at == touches[second].planned_at
    for row in found.values():
        assert (row.account_id, row.why) == (1, "The provider could not be asked.")
        assert (row.went, row.answered_by, row.answered_at) == (None, "", None)
    browser = build_neighborhood(sessions, [DANA, ERIN]).browser(ALICE)
    assert browser.get("/", base_url=PUBLIC).text.count("The provider could not be asked.") >= 2


def test_what_a_sequence_was_exempt_from_stays_approved_and_its_page_says_by_whom(released: Engine) -> None:
    before = tables(released)
    with released.begin() as connection:
        plain = {"account_id": 1, "key": "plain", "name": "Plain"}
        connection.execute(insert(before["sequence"]).values(**plain))
        plain_id = connection.scalar(
            select(before["sequence"].c.id).where(before["sequence"].c.key == "plain")
        )
        version = connection.execute(select(before["sequence_version"])).mappings().one()
        kept = {key: value for key, value in version["definition"].items() if key != "cap_exempt_first_hours"}
        # Exempt once, and not in its newest version.
        for number, definition in ((1, version["definition"]), (2, kept)):
            row = {**version, "sequence_id": plain_id, "number": number, "definition": definition}
            del row["id"]
            connection.execute(insert(before["sequence_version"]).values(**row))
    migrate(released)
    with Sessions(released).read() as session:
        approved = dict(session.execute(select(SequenceRow.key, SequenceRow.approved_caps)).all())
        (change,) = session.scalars(select(CapsChange))
    assert approved == {"high-intent": {"exempt_first_hours": 24}, "plain": None}
    assert (change.account_id, change.sequence_id, change.act.value) == (1, 1, "approved")
    assert (change.caps, change.at) == (
        {"exempt_first_hours": 24},
        version["published_at"].replace(tzinfo=dt.UTC),
    )
    assert change.changed_by == "the release before, by publishing it"


def test_a_process_of_the_last_release_still_writes_into_the_new_schema(
    released: Engine, tmp_path: Path
) -> None:
    known = tables(released)
    with released.begin() as connection:
        for table in reversed(known.values()):
            connection.execute(table.delete())
    migrate(released)
    fill(released, RELEASED, known)


def test_a_database_without_tables_is_told(empty_database_url: str) -> None:
    with pytest.raises(SchemaError, match="no tables yet: run "):
        require_head(open_engine(empty_database_url))


def test_a_database_of_a_newer_release_is_neither_used_nor_migrated(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (require_head, migrate):
        with pytest.raises(SchemaError, match="9999, which this release does not know"):
            refuse(engine)


def test_no_process_starts_on_the_last_releases_database(
    released: Engine, empty_database_url: str, tmp_path: Path
) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    env = {
        **kept,
        "DATABASE_URL": empty_database_url,
        "DATA_DIR": str(tmp_path / "data"),
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    started = {
        name: subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
        for name, command in PROCESSES.items()
    }
    for name, process in started.items():
        told = process.communicate()[1]
        assert (name, process.returncode) == (name, 3), told
        first, second = told.splitlines()
        assert first == "Sixth Touch cannot start."
        assert second.startswith(f"The database is at revision {RELEASED} and this release needs ")
