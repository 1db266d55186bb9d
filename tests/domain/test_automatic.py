from __future__ import annotations

import time
from typing import Any

import pytest

from connector.domain.replies.automatic import Automatic, find_automatic, is_an_answer


def look(**given: Any) -> Automatic | None:
    """What wrote a mail from Dana that is ordinary but for what is given."""
    known: dict[str, Any] = {
        "headers": {},
        "subject": "Re: Your inquiry",
        "words": "Call me.",
        "sender": "dana@example.com",
        "return_path": "dana@example.com",
    }
    headers = {**known, **given}.pop("headers")
    return find_automatic(headers, **{name: {**known, **given}[name] for name in known if name != "headers"})


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"auto-submitted": "auto-replied; owner=x"}},
        {"headers": {"auto-submitted": "Auto-Generated"}},
        {"headers": {"x-autoreply": "yes"}},
        {"headers": {"x-autorespond": ""}},
        {"headers": {"precedence": "Bulk"}},
        {"headers": {"precedence": "auto_reply"}},
        {"return_path": ""},
        {"return_path": "<>"},
        {"subject": "Out of Office"},
        {"subject": "Out of the office until Monday"},
        {"subject": "Automatic reply: Your inquiry"},
        {"subject": "Auto: away"},
        {"subject": "Abwesenheitsnotiz: Ihre Anfrage"},
        {"subject": "Automatische Antwort: Ihre Anfrage"},
        {"subject": "Réponse automatique : votre demande"},
        {"subject": "Respuesta automática: su consulta"},
        {"subject": "Automatisch antwoord: vraag"},
        {"subject": "自動返信: お問い合わせ"},
        {"subject": "Re: Out of office", "words": "I am away, back on Monday."},
    ],
)
def test_a_machines_answer_is_known(given: dict[str, Any]) -> None:
    assert look(**given) is Automatic.ANSWER


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"content-type": "multipart/report; report-type=delivery-status; boundary=x"}},
        {"headers": {"content-type": " Multipart/Report"}, "return_path": ""},
        {"sender": "MAILER-DAEMON@mx.example"},
        {"return_path": "postmaster@mx.example"},
    ],
)
def test_a_servers_report_is_known(given: dict[str, Any]) -> None:
    assert look(**given) is Automatic.REPORT


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"headers": {"auto-submitted": "no"}},
        {"headers": {"auto-submitted": "No ; comment"}},
        {"headers": {"precedence": "first-class"}},
        {"headers": {"content-type": "multipart/alternative; boundary=report"}},
        {"return_path": None},
        {"subject": "Re: out of office space pricing"},
        {"subject": "Out of office space?"},
        {"subject": "Re: Out of office"},
        {"subject": "Automation question"},
        {"subject": "Holiday home"},
        {"subject": ""},
        {"words": "I am away next week, call me before."},
        {"sender": ""},
    ],
)
def test_what_a_person_wrote_is_an_answer(given: dict[str, Any]) -> None:
    assert look(**given) is None


def test_a_subject_that_is_carried_on_is_known_in_many_tongues() -> None:
    carried_on = ["Re: x", "RE : x", "AW: x", "sv: x", "Antw: x", "  re:x", "回复：x"]
    assert [each for each in carried_on if not is_an_answer(each)] == []
    assert not is_an_answer("Regarding: x")


def test_hostile_subjects_take_no_time() -> None:
    began = time.monotonic()
    for subject in ("re:" * 50_000, "out of " * 50_000, "auto" * 50_000, " " * 200_000):
        look(subject=subject, words="i am " * 50_000)
    assert time.monotonic() - began < 5
