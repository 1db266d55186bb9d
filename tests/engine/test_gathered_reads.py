"""Many threads want a record each; few calls read them."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from connector.ports import ContactsRead, OutcomeUnknownError, RefusedError
from connector.use_cases.gathered_reads import GatheredReads
from tests.engine.conftest import Town
from tests.engine.fakes import DANA, lead


class Records:
    """Every record is there but those named otherwise; a call takes its time."""

    def __init__(self, **failed: RefusedError) -> None:
        self.calls: list[Sequence[str]] = []
        self.failed = failed

    def read(self, ids: Sequence[str]) -> ContactsRead:
        self.calls.append(ids)
        time.sleep(0.02)
        there = [each for each in ids if each not in self.failed and not each.startswith(("gone", "merged"))]
        return ContactsRead(
            [dataclasses.replace(DANA, record_id=each) for each in there],
            frozenset(each for each in ids if each.startswith("gone")),
            {each: error for each, error in self.failed.items() if each in ids},
        )


def all_at_once(reads: GatheredReads, records: Records, ids: Sequence[str]) -> list[ContactsRead]:
    start = threading.Barrier(len(ids))

    def read(record_id: str) -> ContactsRead:
        start.wait()
        return reads.read(1, record_id, records.read)

    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(read, ids))


def test_each_gets_its_own_record_and_few_calls_are_made() -> None:
    records, ids = Records(), [str(each) for each in range(40)]
    found = all_at_once(GatheredReads(), records, ids)
    assert [[record.record_id for record in read.records] for read in found] == [[each] for each in ids]
    # The first may have gone alone.
    assert len(records.calls) <= 3
    assert sorted(each for call in records.calls for each in call) == sorted(ids)


def test_what_is_gone_or_not_readable_is_told_to_whom_it_concerns_alone() -> None:
    error = RefusedError("no", code="NO")
    here, gone, refused = all_at_once(GatheredReads(), Records(bad=error), ["101", "gone-1", "bad"])
    assert (len(here.records), here.gone, here.failed) == (1, frozenset(), {})
    assert (list(gone.records), gone.gone, dict(gone.failed)) == ([], frozenset({"gone-1"}), {})
    assert (list(refused.records), refused.gone, dict(refused.failed)) == ([], frozenset(), {"bad": error})


def test_a_record_of_which_nothing_is_said_is_asked_for_alone() -> None:
    records = Records()
    all_at_once(GatheredReads(), records, ["101", "merged-1"])
    assert records.calls[-1] == ["merged-1"]


def test_a_call_that_fails_fails_for_all_who_waited_and_the_next_is_a_new_one() -> None:
    reads, is_broken = GatheredReads(), True
    records = Records()

    def read_all(ids: Sequence[str]) -> ContactsRead:
        if is_broken:
            time.sleep(0.02)
            raise OutcomeUnknownError("lost", code="LOST")
        return records.read(ids)

    def trouble_of(record_id: str) -> type[Exception] | None:
        try:
            reads.read(1, record_id, read_all)
        except OutcomeUnknownError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(trouble_of, map(str, range(8)))) == {OutcomeUnknownError}
    is_broken = False
    assert [each.record_id for each in reads.read(1, "101", read_all).records] == ["101"]


def test_one_installation_does_not_read_for_another() -> None:
    reads, mine, theirs = GatheredReads(), Records(), Records()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(reads.read, 1, "101", mine.read)
        other = pool.submit(reads.read, 2, "101", theirs.read)
        assert (len(one.result().records), len(other.result().records)) == (1, 1)
    assert (mine.calls, theirs.calls) == ([["101"]], [["101"]])


def test_leads_nobody_knows_who_come_at_once_are_read_together_and_all_enrolled(
    town: Town,
) -> None:
    ids = [str(900 + place) for place in range(40)]
    for place, each in enumerate(ids):
        town.timeline.contacts[each] = lead(
            each, email=f"{each}@example.com", phone=f"+1212555{1000 + place}"
        )
    before = len(town.timeline.reads)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(town.enroll, ids))
    assert {answer.status for answer in answers} == {"enrolled"}
    assert {each.record_id for each in town.enrollments()} == set(ids)
    assert len(town.timeline.reads) - before <= 10
