"""The reference page of the policy's rules, made from their docstrings and the catalogue."""

from __future__ import annotations

import inspect

from connector.domain.policy.rules import RULES, Rule
from connector.domain.policy.sentences import SENTENCES
from connector.domain.policy.verdict import Decision

_HEAD = """\
# The rules of policy

Generated from `connector/domain/policy/`; `python docs/reference/write.py` writes it anew. Not legal advice.

Every touch is put to all rules right before it goes. The severest word decides: stop (the whole
follow-up ends), skip (this step is left out), hold (it is asked again at the time given), allow.
Of several holds the longest is in force. When a hold ends all rules are asked again, because in
the meantime another may have begun.
"""
#: Ids under which a rule speaks besides its own.
_ALSO = {"CAP.BURSTS": ("CAP.EXEMPT",), "CONSENT.PEWC": ("CONSENT.ASKED",)}


def policy_rules_page() -> str:
    """The page in Markdown: an overview, then each rule with its source and its sentences."""
    overview = "\n".join(["| rule | what it may say |", "|---|---|", *map(_row, RULES)])
    return "\n\n".join([_HEAD.rstrip(), overview, *map(_section, RULES)]) + "\n"


def _row(rule: Rule) -> str:
    decisions = sorted({decision for _, decision in _said(rule)}, key=list(Decision).index, reverse=True)
    return f"| [`{rule.id}`](#{_anchor(rule.id)}) | {', '.join(decisions)} |"


def _section(rule: Rule) -> str:
    sentences = [
        f"- *{decision}*: {_shown(name, rule)}{SENTENCES[name, decision]}" for name, decision in _said(rule)
    ]
    return f"## {rule.id}\n\n{inspect.getdoc(rule.ask)}\n\n" + "\n".join(sentences)


def _said(rule: Rule) -> list[tuple[str, Decision]]:
    ids = (rule.id, *_ALSO.get(rule.id, ()))
    return [key for key in SENTENCES if key[0] in ids]


def _shown(name: str, rule: Rule) -> str:
    return "" if name == rule.id else f"as `{name}`, "


def _anchor(rule_id: str) -> str:
    """How GitHub names the heading's anchor: lower case, without dots."""
    return rule_id.lower().replace(".", "")
