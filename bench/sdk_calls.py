"""The baseline of `touches`: the same calls of the same SDKs in a bare loop of threads, nothing recorded.

The SDKs keep their connections as the worker's do; nothing else of ours is between them and the wire.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from adapters.sendgrid.client import SendGridAccount
from adapters.sendgrid.emails import mail_body
from adapters.twilio.calls import call_parameters
from adapters.twilio.client import TwilioAccount
from adapters.twilio.texts import text_parameters
from bench.follow_up import steps_for
from bench.words import BODY, SUBJECT
from connector.content.mail import build_mail
from connector.ports import CallRequest, EmailMessage, TextMessage
from connector.settings import Settings, load_settings
from connector.use_cases.advance import BATCH
from connector.use_cases.facts import RING_FOR

Call = Callable[[], object]
_LINK = "http://localhost:8000/unsubscribe/t_0123456789abcdef01234567.0123456789abcdef0123456789abcdef"


def calls(settings: Settings, twilio: Any, sendgrid: Any, count: int) -> list[Call]:
    """The calls of the two SDKs that the worker would make, in the same mix."""
    return [_call(settings, twilio, sendgrid, step, place) for place, step in enumerate(steps_for(count))]


def _call(settings: Settings, twilio: Any, sendgrid: Any, step: str, place: int) -> Call:
    touch_id, number = f"t_{place:024x}", f"+1212{2_000_000 + place}"
    if step == "text-1":
        text = TextMessage(touch_id, number, BODY, dt.timedelta(hours=4))
        return partial(twilio.messages.create, **text_parameters(settings, text))
    if step == "call-1":
        request = CallRequest(touch_id, number, RING_FOR)
        return partial(twilio.calls.create, **call_parameters(settings, request))
    mail = build_mail(BODY, postal_address=settings.postal_address, unsubscribe_url=_LINK)
    message = EmailMessage(
        touch_id=touch_id,
        to=f"dana.{place}@example.com",
        to_name=f"Dana Reyes {place}",
        subject=SUBJECT,
        text=mail.text,
        html=mail.html,
        unsubscribe_url=_LINK,
        reply_to="bob@harborhomes.example",
    )
    return partial(sendgrid.send, mail_body(settings, message))


def measure(made: Sequence[Call]) -> float:
    """Calls a second, as many at once as the worker makes. A refusal raises the SDK's exception."""
    with ThreadPoolExecutor(BATCH) as pool:
        begun = time.perf_counter()
        list(pool.map(lambda each: each(), made))
        took = time.perf_counter() - begun
    return len(made) / took


def main(answer: Path, count: int) -> None:
    """Warm up, measure, answer."""
    settings = load_settings()
    twilio, sendgrid = TwilioAccount(settings).client, SendGridAccount(settings).sdk
    measure(calls(settings, twilio, sendgrid, 4 * BATCH))
    made, cpu = calls(settings, twilio, sendgrid, count), time.process_time()
    rate = measure(made)
    cpu_ms = (time.process_time() - cpu) * 1000 / count
    answer.write_text(json.dumps({"per_second": rate, "cpu_ms": cpu_ms}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
