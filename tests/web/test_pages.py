"""What the pages say."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import update

from connector.ports import OutcomeUnknownError, RefusedError, TextReceived
from connector.store.models import Installation, InstallationState, SequenceRow, SequenceVersion
from connector.store.sessions import Sessions
from connector.use_cases import api_keys
from connector.web.assets import AssetsMissingError, vendor_manifest
from tests.engine.fakes import DANA, TUESDAY
from tests.web.neighborhood import (
    ALICE,
    PUBLIC,
    Neighborhood,
    build_neighborhood,
    csrf_token,
    other,
)

EVENING = TUESDAY.replace(hour=23, minute=59)


def words_of(html: str) -> str:
    """A page's text as a reader hears it."""
    spoken = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#39;", "'")
    return re.sub(r" (?=[.,;:])", "", spoken)


def page(hood: Neighborhood, path: str) -> str:
    answer = hood.browser(ALICE).get(path, base_url=PUBLIC)
    assert answer.status_code == 200
    return words_of(answer.text)


def story(hood: Neighborhood, record_id: str = "101") -> str:
    return page(hood, f"/contacts/{hood.contact_id(record_id)}")


def press(hood: Neighborhood, act: str) -> None:
    """Alice presses a button of Dana's story."""
    alice = hood.browser(ALICE)
    token = csrf_token(alice.get(f"/contacts/{hood.contact_id()}", base_url=PUBLIC).text)
    answer = alice.post(
        f"/enrollments/{hood.enrollment_id()}/{act}",
        data={"csrf_token": token},
        base_url=PUBLIC,
        headers={"Referer": f"{PUBLIC}/"},
    )
    assert answer.headers["Location"] == f"/contacts/{hood.contact_id()}"


def test_a_story_tells_each_touch_its_times_its_words_and_its_activity(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    told = story(hood)
    assert "Call not answered First call Tue 2 Mar, 10:01 (their time), as planned" in told
    assert "Text delivered First text Tue 2 Mar, 10:05 (their time), as planned" in told
    assert "Hi Dana, Harbor Homes here about the flat on Elm Street" in told
    assert "HubSpot: The text on the timeline" in told


def test_what_is_planned_stands_above_the_now_line_and_what_happened_below(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    told = story(hood)
    assert told.index("Second call Planned for Tue 2 Mar, 12:00") < told.index("Now, Tue 2 Mar, 10:10")
    assert (
        told.index("Now, Tue 2 Mar, 10:10") < told.index("Text delivered") < told.index("Call not answered")
    )


def test_a_story_says_what_comes_next_and_what_stops_it(hood: Neighborhood) -> None:
    hood.enroll()
    told = story(hood)
    assert "Next: First call, Tue 2 Mar, 10:01 (their time)." in told
    assert "What stops it:" in told


def test_times_are_told_in_both_zones_where_they_differ(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, [other("102", time_zone="America/Denver", phone="+13035550142")])
    hood.enroll("102")
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    assert "Tue 2 Mar, 8:01 (their time), 10:01 yours" in story(hood, "102")


def test_a_zone_that_is_not_known_is_not_called_theirs(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, [other("102", time_zone="", phone="")])
    told = story(hood, "102")
    assert "Not known; the strictest hours hold" in told
    assert "(their time)" not in told


def test_a_held_touch_tells_why_and_how_long(sessions: Sessions) -> None:
    hood = build_neighborhood(sessions, [DANA])
    hood.clock.at = TUESDAY + dt.timedelta(hours=12)
    hood.enroll()
    hood.work(hood.clock.at + dt.timedelta(minutes=5))
    assert "Quiet hours in New York until Wed 3 Mar, 8:00" in story(hood)
    hood.work(hood.clock.at + dt.timedelta(hours=11))
    assert "Held 10 h: quiet hours in New York" in story(hood)


def test_a_reply_is_told_and_over_to_a_person(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    hood.hear(TextReceived(DANA.phone, "+12025550100", "Is it <b>free</b>?", "in-1"), "say")
    told = story(hood)
    assert "Answered by text" in told
    assert "Handed to the owner" in told
    assert "Is it &lt;b&gt;free&lt;/b&gt;?" in told
    today = page(hood, "/")
    assert "Over to you Dana Reyes Follow-up ended: they replied by text." in today


def test_a_stop_is_told_as_an_opt_out(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY + dt.timedelta(minutes=10))
    hood.hear(TextReceived(DANA.phone, "+12025550100", "STOP", "in-1"), "say")
    told = story(hood)
    assert "Opted out by text" in told
    assert "Answered by text" not in told
    assert "opted out" in page(hood, "/enrollments").lower()


def test_a_touch_that_may_have_gone_waits_for_a_person(hood: Neighborhood) -> None:
    hood.providers.outcomes = [OutcomeUnknownError("Twilio did not answer in 30 s.")]
    hood.enroll()
    hood.work(TUESDAY + dt.timedelta(minutes=3))
    assert "Call may have gone; we are looking it up" in story(hood)
    assert "A call may have gone; the provider is asked. Twilio did not answer in 30 s." in page(hood, "/")


def test_what_the_crm_refuses_is_told_on_the_first_page(hood: Neighborhood) -> None:
    hood.enroll()
    hood.timeline.refused_keys = {"change:1": RefusedError("The record is locked.")}
    hood.work(TUESDAY)
    assert "HubSpot refused an activity. The record is locked." in page(hood, "/")
    assert "1 to look at" in page(hood, "/")
    assert "The note was refused: The record is locked." in story(hood)


def test_a_disconnected_crm_is_told_and_how_to_go_on(hood: Neighborhood) -> None:
    alice = hood.browser(ALICE)
    with hood.world.sessions.write() as session:
        session.execute(
            update(Installation).values(state=InstallationState.DISCONNECTED, trouble="HubSpot revoked us.")
        )
    told = words_of(alice.get("/", base_url=PUBLIC).text)
    assert "HubSpot is disconnected, so every follow-up waits. HubSpot revoked us. Connect again" in told
    assert "Not connected to HubSpot" in told


def test_a_person_pauses_resumes_and_stops(hood: Neighborhood) -> None:
    hood.enroll()
    press(hood, "pause")
    assert "Follow-up paused by alice@harbor.example." in story(hood)
    press(hood, "resume")
    assert "Follow-up resumed by alice@harbor.example." in story(hood)
    press(hood, "stop")
    told = story(hood)
    assert "Follow-up stopped by alice@harbor.example." in told
    assert "Stop the follow-up" not in told


def test_a_part_that_has_not_changed_swaps_only_the_now_line(hood: Neighborhood) -> None:
    hood.enroll()
    alice = hood.browser(ALICE)
    address = re.search(
        r'hx-get="([^"]+)"', alice.get(f"/contacts/{hood.contact_id()}", base_url=PUBLIC).text
    )
    assert address is not None
    same = alice.get(address[1], base_url=PUBLIC)
    assert same.headers["HX-Reswap"] == "none"
    assert "hx-swap-oob" in same.text
    assert len(same.data) < 300
    hood.work(TUESDAY + dt.timedelta(minutes=2))
    changed = alice.get(address[1], base_url=PUBLIC)
    assert "HX-Reswap" not in changed.headers
    assert "Call not answered" in changed.text


def test_texts_and_calls_of_numbers_nobody_knows_stand_on_the_first_page(hood: Neighborhood) -> None:
    hood.hear(TextReceived("+13125550111", "+12025550100", "Is it <b>free</b>?", "SM9"), "SM9")
    found = page(hood, "/")
    assert "+13125550111 wrote, and no contact has this number. “Is it &lt;b&gt;free&lt;/b&gt;?”" in found
    alice = hood.browser(ALICE)
    token = csrf_token(alice.get("/", base_url=PUBLIC).text)
    form = {"data": {"csrf_token": token}, "headers": {"Referer": f"{PUBLIC}/"}}
    assert alice.post("/strangers/texts/1/welcome", base_url=PUBLIC, **form).status_code == 303
    assert "+13125550111 is being made a contact in" in page(hood, "/")


@pytest.mark.parametrize("path", ["/today/live", "/enrollments/live"])
def test_other_parts_answer_204_when_nothing_changed(hood: Neighborhood, path: str) -> None:
    alice = hood.browser(ALICE)
    mark = re.search(r"seen=([0-9a-f]+)", alice.get(path, base_url=PUBLIC).text)
    assert mark is not None
    assert alice.get(f"{path}?seen={mark[1]}", base_url=PUBLIC).status_code == 204


def crowd(sessions: Sessions) -> Neighborhood:
    """Thirty leads, all enrolled, the first of them stopped."""
    leads = [other(str(number), first_name=f"Lead{number:03d}", last_name="") for number in range(101, 131)]
    hood = build_neighborhood(sessions, leads)
    for lead in leads:
        hood.enroll(lead.record_id)
        hood.clock.pass_by(seconds=1)
    return hood


def test_the_list_filters_sorts_and_pages(sessions: Sessions) -> None:
    hood = crowd(sessions)
    first = page(hood, "/enrollments")
    assert "30 enrollments, page 1 of 2" in first
    assert first.index("Lead130") < first.index("Lead129")
    assert "Lead101" not in first
    assert "Lead101" in page(hood, "/enrollments?page=2")
    by_name = page(hood, "/enrollments?order=contact&down=0")
    assert by_name.index("Lead101") < by_name.index("Lead102")
    assert "1 enrollment, page 1 of 1" in page(hood, "/enrollments?search=lead117")
    assert "No enrollment fits" in page(hood, "/enrollments?outcome=booked")
    assert "30 enrollments" in page(hood, "/enrollments?sequence=high-intent&state=active")
    assert "page 2 of 2" in page(hood, "/enrollments?page=99")
    assert "30 enrollments" in page(hood, "/enrollments?state=nonsense&page=x&order=;drop")
    assert "No enrollment fits" in page(hood, "/enrollments?search=%25"), "a % is a % here"


def test_the_list_remembers_its_filter(hood: Neighborhood) -> None:
    hood.enroll()
    alice = hood.browser(ALICE)
    assert "No enrollment fits" in alice.get("/enrollments?state=paused", base_url=PUBLIC).text
    assert "No enrollment fits" in alice.get("/enrollments", base_url=PUBLIC).text
    alice.get("/enrollments?all=1", base_url=PUBLIC)
    assert "Dana Reyes" in alice.get("/enrollments", base_url=PUBLIC).text


def test_empty_pages_say_what_belongs_there(hood: Neighborhood) -> None:
    assert "Nobody is enrolled yet Add the action “Enroll in follow-up”" in page(hood, "/enrollments")
    assert "Nothing needs you" in page(hood, "/")
    assert "No story yet" in story(hood)
    assert "There is no key yet" in page(hood, "/settings/api-keys")


def test_a_sequence_is_drawn_with_times_conditions_and_words(hood: Neighborhood) -> None:
    told = page(hood, "/sequences/high-intent")
    assert "1 min after enrollment" in told
    assert "Unless “First call” was picked up" in told
    assert "Day 2" in told
    assert "A voicemail hears" in told
    assert "Hello [first name], this is the automated assistant of [your company]" in told
    assert "{{" not in told


def test_an_older_version_is_still_there_and_says_so(hood: Neighborhood) -> None:
    with hood.world.sessions.write() as session:
        first = session.query(SequenceVersion).join(SequenceRow).filter_by(key="high-intent").one()
        session.add(
            SequenceVersion(
                account_id=first.account_id,
                sequence_id=first.sequence_id,
                number=2,
                definition={**first.definition, "goal": "Another goal"},
                digest="other",
                published_at=TUESDAY,
            )
        )
    assert "Version 2. Another goal." in page(hood, "/sequences/high-intent")
    assert "Version 1, no longer the newest." in page(hood, "/sequences/high-intent?version=1")
    alice = hood.browser(ALICE)
    for missing in ("/sequences/high-intent?version=3", "/sequences/high-intent?version=x", "/sequences/no"):
        assert alice.get(missing, base_url=PUBLIC).status_code == 404


def test_a_key_is_shown_once_and_works_until_it_is_revoked(hood: Neighborhood) -> None:
    alice = hood.browser(ALICE)
    form = {"csrf_token": csrf_token(alice.get("/settings/api-keys", base_url=PUBLIC).text)}
    send = {"base_url": PUBLIC, "headers": {"Referer": f"{PUBLIC}/"}}
    shown = alice.post("/settings/api-keys", data={**form, "name": "Form"}, **send).text
    key = re.search(r'id="new-key">([^<]+)<', shown)
    assert key is not None
    assert api_keys.find_holder(hood.world, key[1]) == api_keys.KeyHolder(hood.alice.account_id, "Form")
    assert key[1] not in alice.get("/settings/api-keys", base_url=PUBLIC).text
    assert alice.post("/settings/api-keys/1/revoke", data=form, **send).status_code == 303
    assert api_keys.find_holder(hood.world, key[1]) is None


@pytest.mark.parametrize(("name", "trouble"), [("  ", "Give the key a name"), ("x" * 61, "at most 60")])
def test_a_key_without_a_proper_name_is_refused_beside_the_field(
    hood: Neighborhood, name: str, trouble: str
) -> None:
    alice = hood.browser(ALICE)
    form = {"csrf_token": csrf_token(alice.get("/settings/api-keys", base_url=PUBLIC).text), "name": name}
    answer = alice.post("/settings/api-keys", data=form, base_url=PUBLIC, headers={"Referer": f"{PUBLIC}/"})
    assert answer.status_code == 422
    assert trouble in answer.text


def test_missing_assets_say_so_loudly(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(AssetsMissingError):
        vendor_manifest(tmp_path_factory.mktemp("empty"))
