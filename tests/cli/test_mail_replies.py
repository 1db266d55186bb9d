"""What doctor says of answers to mails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.settings import load_settings
from jobs.cli.checks import CHECKS
from jobs.cli.finding import Level


def found(tmp_path: Path, **given: Any) -> list[tuple[Level, str]]:
    settings = load_settings(
        data_dir=tmp_path,
        public_url="https://us.example",
        **{"sendgrid_parse_key": "", "reply_domain": "", **given},
    )
    return list(CHECKS["mail replies"](settings))


def test_without_a_reply_domain_doctor_says_what_is_lost(tmp_path: Path) -> None:
    ((level, sentence),) = found(tmp_path)
    assert level is Level.NOTE
    assert "REPLY_DOMAIN is not set" in sentence


def test_doctor_prints_the_address_for_mails_and_that_it_is_a_secret(tmp_path: Path) -> None:
    (level, sentence), (_, warning) = found(tmp_path, reply_domain="Reply.Example.com")
    assert level is Level.OK
    assert "Mail to reply.example.com is answered here" in sentence
    address = sentence.rpartition(" ")[2]
    assert address.startswith("https://us.example/webhooks/sendgrid/inbound/")
    assert len(address.rpartition("/")[2]) == 32
    assert "whoever knows it can post mails" in warning
    # The secret is kept with the run's keys: it is the same at the next look.
    assert found(tmp_path, reply_domain="reply.example.com")[0] == (level, sentence)


def test_where_mails_are_signed_the_address_is_no_secret(tmp_path: Path) -> None:
    ((level, sentence),) = found(tmp_path, reply_domain="reply.example.com", sendgrid_parse_key="AAAA")
    assert level is Level.OK
    assert sentence.endswith("posts it to https://us.example/webhooks/sendgrid/inbound")
