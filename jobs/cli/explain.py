"""`sixthtouch explain`: why a contact's next touch goes, waits or will not go."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.policy.verdict import Verdict
from connector.store.models import Contact, CrmRecord
from connector.use_cases.explain import Explanation
from connector.use_cases.explain import explain as explain_contact
from jobs.world import build_world


@click.command("explain")
@click.argument("record_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(record_id: str, as_json: bool) -> None:
    """Explain the follow-up of the contact whose CRM record is RECORD_ID.

    Says what comes next, each rule's word on it for the instant it is due, and every verdict that
    was stored before an act.
    """
    world = build_world()
    with world.sessions.read() as session:
        contacts = _contacts(session, record_id)
    if not contacts:
        raise click.ClickException(f"no contact has the CRM record {record_id}; give the record's id")
    for contact in contacts:
        explanation = explain_contact(world, contact.account_id, contact.id)
        if explanation is not None:
            _print(contact, record_id, explanation, as_json)


def _contacts(session: Session, record_id: str) -> list[Contact]:
    query = select(Contact).join(CrmRecord, CrmRecord.contact_id == Contact.id)
    return list(session.scalars(query.where(CrmRecord.record_id == record_id)))


def _print(contact: Contact, record_id: str, explanation: Explanation, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_as_json(contact, record_id, explanation)))
        return
    click.echo(f"{contact.name} (record {record_id})")
    click.echo(explanation.next_sentence)
    for title, verdicts in (
        ("If asked when it is due", explanation.why),
        ("Decided so far", explanation.decided),
    ):
        if verdicts:
            click.echo(f"\n{title}:")
        for verdict in verdicts:
            click.echo(f"  {verdict.decision.value:5}  {verdict.rule:20}  {verdict.sentence}")
    if explanation.stops_it:
        click.echo(f"\nWhat stops it: {explanation.stops_it}")


def _as_json(contact: Contact, record_id: str, explanation: Explanation) -> dict[str, Any]:
    return {
        "contact_id": contact.id,
        "record_id": record_id,
        "next": explanation.next_sentence,
        "next_touch_at": explanation.next_touch_at.isoformat() if explanation.next_touch_at else None,
        "rules": [_verdict(verdict) for verdict in explanation.why],
        "decided": [_verdict(verdict) for verdict in explanation.decided],
        "stops_it": explanation.stops_it,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": verdict.decision.value,
        "rule": verdict.rule,
        "sentence": verdict.sentence,
        "until": verdict.until.isoformat() if verdict.until else None,
    }
