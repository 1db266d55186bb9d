from __future__ import annotations

import re

import requests

from adapters.sandbox.hubspot import crm
from tests.sandbox.play import DANA, Play


def get(play: Play, path: str) -> requests.Response:
    answer = requests.get(play.url + path, timeout=5)
    answer.raise_for_status()
    return answer


def test_the_list_links_to_each_lead(play: Play) -> None:
    dana = play.lead({}, lastname="Lead")
    page = get(play, "/").text
    assert f'href="/leads/{dana}"' in page
    assert "Dana Lead" in page


def test_an_empty_list_says_what_belongs_there(play: Play) -> None:
    assert "No lead has arrived yet" in get(play, "/").text


def test_a_lead_is_seen_from_both_sides(play: Play) -> None:
    dana = play.lead({})
    crm.log_rep_activity(play.server.world, dana, "note", "bob")
    play.texts().messages.create(to=DANA, from_=play.credentials.twilio.from_number, body="Hello <b>Dana</b>")
    play.pass_time(minutes=1)
    page = get(play, f"/leads/{dana}").text
    assert "Noted by a rep." in page
    assert "Bob Baker" in page
    assert "Hello &lt;b&gt;Dana&lt;/b&gt;" in page
    assert "Tue 2 Mar, 9:46" in page


def test_one_can_answer_as_the_lead(play: Play) -> None:
    dana = play.lead({})
    answer = requests.post(f"{play.url}/leads/{dana}/say", data={"text": "Yes please"}, timeout=5)
    play.settle()
    assert "Yes please" in answer.text
    assert [heard.form["Body"] for heard in play.product.at("/webhooks/twilio/text")] == ["Yes please"]


def test_a_button_sets_the_script_and_keeps_the_zone(play: Play) -> None:
    dana = play.lead({"timezone": "America/Denver"})
    answer = requests.post(f"{play.url}/leads/{dana}/script", data={"script": "connects"}, timeout=5)
    assert "Calls: picks up, presses 1." in answer.text
    script = requests.get(f"{play.url}/_sandbox/people/{dana}", timeout=5).json()["script"]
    assert script == {"timezone": "America/Denver", "call": ["human"], "press": "1"}


def test_another_site_cannot_act_here(play: Play) -> None:
    dana = play.lead({})
    answer = requests.post(
        f"{play.url}/leads/{dana}/say",
        data={"text": "x"},
        headers={"Origin": "https://elsewhere.example"},
        timeout=5,
    )
    assert answer.status_code == 403


def test_the_policy_is_strict_and_the_page_keeps_it(play: Play) -> None:
    dana = play.lead({})
    for path in ("/", f"/leads/{dana}"):
        answer = get(play, path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|https?://(?!localhost)", answer.text)
        for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
            assert get(play, asset).content
