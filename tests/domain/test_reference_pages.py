from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.domain.policy.reference import policy_rules_page
from connector.domain.policy.rules import RULES
from connector.domain.policy.sentences import SENTENCES
from connector.domain.policy.verdict import Decision
from connector.domain.state_diagram import enrollment_states_page

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = {"enrollment-states.md": enrollment_states_page, "policy-rules.md": policy_rules_page}


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_a_reference_page_says_what_the_code_does(name: str, page: Callable[[], str]) -> None:
    written = (REFERENCE / name).read_text(encoding="utf-8")
    assert written == page(), "out of date: run `python docs/reference/write.py`"


def test_every_rule_has_a_sentence_for_letting_pass_and_one_against() -> None:
    for rule in RULES:
        decisions = {decision for name, decision in SENTENCES if name == rule.id}
        assert Decision.ALLOW in decisions
        assert decisions - {Decision.ALLOW}


def test_the_catalogue_knows_no_rule_that_there_is_not() -> None:
    assert {name for name, _ in SENTENCES} == {rule.id for rule in RULES} | {
        "OK",
        "CAP.EXEMPT",
        "CONSENT.ASKED",
    }


def test_every_rule_states_itself() -> None:
    assert all(rule.ask.__doc__ for rule in RULES)


def test_every_sentence_is_one() -> None:
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
