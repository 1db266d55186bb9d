"""Which of our addresses talks to which of theirs: what an answer is matched by."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from connector.store.inserts import insert_into, insert_many
from connector.store.models import Conversation, Touch
from connector.store.sessions import at_end

_GATHERED = "conversations"
_UNIQUE = ("contact_id", "channel", "our_address", "their_address")


def note_conversation(session: Session, touch: Touch, now: dt.datetime) -> None:
    """The touch went between two addresses: noted when the transaction ends."""
    at_end(session, _write)
    row = {
        "account_id": touch.account_id,
        "contact_id": touch.contact_id,
        "channel": touch.channel,
        "our_address": touch.from_address,
        "their_address": touch.to_address,
        "last_at": now,
    }
    session.info.setdefault(_GATHERED, {})[tuple(row[name] for name in _UNIQUE)] = row


def _write(session: Session) -> None:
    """In one order, so that two transactions never wait for each other in a circle."""
    rows = session.info.pop(_GATHERED)
    insert = insert_into(session, Conversation)
    or_again = insert.on_conflict_do_update(
        index_elements=list(_UNIQUE), set_={"last_at": insert.excluded.last_at}
    )
    insert_many(session, or_again, [rows[key] for key in sorted(rows)])
