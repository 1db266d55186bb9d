"""The baseline of `touches`: the same calls of the same SDKs in a bare loop of threads, nothing recorded."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.follow_up import steps_for
from bench.words import BODY, SUBJECT
from connector.content.mail import build_mail
from connector.ports import CallRequest, EmailMessage, Receipt, TextMessage
from connector.use_cases.advance import BATCH
from connector.use_cases.facts import RING_FOR
from connector.use_cases.send import Outgoing, send
from connector.use_cases.world import World
from jobs.world import build_world

_LINK = "http://localhost:8000/unsubscribe/t_0123456789abcdef01234567.0123456789abcdef0123456789abcdef"


def messages(world: World, count: int) -> list[Outgoing]:
    """What the worker would send, in the same mix."""
    return [_message(world, step, place) for place, step in enumerate(steps_for(count))]


def _message(world: World, step: str, place: int) -> Outgoing:
    touch_id, number = f"t_{place:024x}", f"+1212{2_000_000 + place}"
    if step == "text-1":
        return Outgoing(touch_id, TextMessage(touch_id, number, BODY, dt.timedelta(hours=4)))
    if step == "call-1":
        return Outgoing(touch_id, CallRequest(touch_id, number, RING_FOR))
    mail = build_mail(BODY, postal_address=world.settings.postal_address, unsubscribe_url=_LINK)
    return Outgoing(
        touch_id,
        EmailMessage(
            touch_id=touch_id,
            to=f"dana.{place}@example.com",
            to_name=f"Dana Reyes {place}",
            subject=SUBJECT,
            text=mail.text,
            html=mail.html,
            unsubscribe_url=_LINK,
            reply_to="bob@harborhomes.example",
        ),
    )


def measure(world: World, outgoing: Sequence[Outgoing]) -> float:
    """Calls a second, as many at once as the worker makes."""
    with ThreadPoolExecutor(BATCH) as pool:
        begun = time.perf_counter()
        receipts = list(pool.map(lambda each: send(world, each), outgoing))
        took = time.perf_counter() - begun
    if not all(isinstance(receipt, Receipt) for receipt in receipts):
        raise RuntimeError("the responder refused a call")
    return len(outgoing) / took


def main(answer: Path, count: int) -> None:
    """Warm up, measure, answer."""
    world = build_world()
    measure(world, messages(world, 4 * BATCH))
    outgoing, cpu = messages(world, count), time.process_time()
    rate = measure(world, outgoing)
    cpu_ms = (time.process_time() - cpu) * 1000 / count
    answer.write_text(json.dumps({"per_second": rate, "cpu_ms": cpu_ms}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
