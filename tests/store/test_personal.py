"""Whatever is kept about a person is known: a table or a column that is added is thought of."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import JSON, String, inspect

from connector.store.models import (
    Account,
    ApiKey,
    Base,
    InboundCall,
    InboxEvent,
    Installation,
    Invitation,
    Newcomer,
    Owner,
    Reconciliation,
    SequenceRow,
    SequenceVersion,
    StaleRecord,
    Suppression,
    Uninstall,
    UnknownText,
    User,
)
from connector.store.personal import PERSONAL

ROOT = Path(__file__).resolve().parents[2]

#: Tables in which nothing about a contact stands.
IMPERSONAL = {
    Account: "the team",
    ApiKey: "the team's programs",
    Installation: "the team's CRM",
    Invitation: "the team's people",
    Owner: "the team's people",
    Reconciliation: "how far a search has come",
    SequenceRow: "the team's plans",
    SequenceVersion: "the team's plans",
    Uninstall: "the team's people",
    User: "the team's people",
}
#: Emptied by other means than blanking, each with a test here.
BY_OTHER_MEANS = {
    InboundCall: "deleted",
    InboxEvent: "emptied by what it says",
    Newcomer: "deleted",
    StaleRecord: "deleted",
    Suppression: "kept as a hash",
    UnknownText: "deleted",
}


#: Columns of JSON that `connector.use_cases.erase` empties.
BY_HAND = {"request_answer", "content"}


def test_every_table_and_every_column_of_text_is_erased_or_said_to_be_no_persons() -> None:
    models = {mapper.class_ for mapper in Base.registry.mappers}
    assert models == {*PERSONAL, *IMPERSONAL, *BY_OTHER_MEANS}
    for model, personal in PERSONAL.items():
        told = {
            column.name
            for column in inspect(model).columns
            if isinstance(column.type, String | JSON) and not hasattr(column.type, "enums")
        }
        assert told - BY_HAND == {*personal.blanks, *personal.stays} - {"consent"}, model


def test_a_contacts_addresses_come_in_at_one_place_where_erased_ones_are_known_again() -> None:
    entries = re.compile(r"\bContact\(|\.(email|phone|mobile)_key = ")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "connector").rglob("*.py")
        if "class Contact(" not in (text := path.read_text(encoding="utf-8")) and entries.search(text)
    }
    assert found == {"connector/use_cases/sync.py"}
