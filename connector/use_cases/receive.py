"""A provider's webhook: verified, stored once, answered; a job handles it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.ports import RawEvent, RawRequest
from connector.store.inserts import insert_into
from connector.store.models import InboxEvent, InboxState
from connector.use_cases.world import World


class UnknownProviderError(Exception):
    """No provider of that name sends us webhooks."""


def receive(world: World, provider: str, request: RawRequest) -> int:
    """Store the request's events; how many were new.

    Raises UnknownProviderError, BadSignatureError, BadRequestBodyError.
    """
    source = world.outside.webhooks.get(provider)
    if source is None:
        raise UnknownProviderError(f"no provider {provider!r} sends webhooks here")
    events = source.accept(request)
    if not events:
        return 0
    ids = world.sessions.run(lambda session: _store(world, session, provider, events))
    for start in range(0, len(ids), 50):
        world.outside.queue.enqueue("handle_events", *ids[start : start + 50])
    return len(ids)


def longest_body(world: World, provider: str, request: RawRequest) -> int | None:
    """How many bytes this request's body, not read yet, may have; None for the door's own limit."""
    source = world.outside.webhooks.get(provider)
    return source.longest_body(request) if source is not None else None


def _store(world: World, session: Session, provider: str, events: list[RawEvent]) -> list[int]:
    """Insert what is not there yet; the ids of the new rows."""
    now = world.outside.clock.now()
    lost_after = world.outside.clock.wall() + world.settings.requeue_after
    ids = []
    for event in events:
        stored = session.execute(
            insert_into(session, InboxEvent)
            .values(
                provider=provider,
                dedupe_key=event.dedupe_key,
                payload=dict(event.payload),
                state=InboxState.RECEIVED,
                received_at=now,
                retry_at=lost_after,
                attempts=0,
                trouble="",
            )
            .on_conflict_do_nothing(index_elements=["provider", "dedupe_key"])
            .returning(InboxEvent.id)
        ).scalar()
        if stored is not None:
            ids.append(stored)
    return ids


def claim_unhandled(world: World, limit: int = 500) -> list[int]:
    """Events that were stored and whose job was lost or failed, leased until it should be done."""
    return world.sessions.run(lambda session: _claim_unhandled(world, session, limit))


def _claim_unhandled(world: World, session: Session, limit: int) -> list[int]:
    wall = world.outside.clock.wall()
    query = select(InboxEvent.id).where(InboxEvent.state == InboxState.RECEIVED, InboxEvent.retry_at <= wall)
    ids = list(session.scalars(query.order_by(InboxEvent.id).limit(limit)))
    if ids:
        session.execute(
            update(InboxEvent)
            .where(InboxEvent.id.in_(ids))
            .values(retry_at=wall + world.settings.requeue_after)
        )
    return ids
