"""What a provider asks during a call, answered within its request."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from connector.ports import CallReceived, DialEnded, Question, RawRequest, Talk
from connector.use_cases.inbound_calls import end_dial, take_call
from connector.use_cases.receive import UnknownProviderError
from connector.use_cases.talk import talk
from connector.use_cases.world import World


def answer_call(world: World, provider: str, request: RawRequest) -> tuple[str, bytes]:
    """The answer's content type and body.

    Raises UnknownProviderError, BadSignatureError, BadRequestBodyError.
    """
    if provider != world.outside.voice.provider:
        raise UnknownProviderError(f"no provider {provider!r} places calls here")
    asked = world.outside.voice.accept(request)
    said = world.sessions.run(partial(_answer, world, asked=asked, provider=provider))
    touch_id = "" if isinstance(asked, CallReceived) else asked.touch_id
    return world.outside.voice.render(touch_id, said)


def _answer(world: World, session: Session, asked: Question, provider: str) -> Talk:
    """A call of ours goes by its touch; somebody else's has none."""
    if isinstance(asked, CallReceived):
        return take_call(world, session, asked, provider)
    if isinstance(asked, DialEnded) and not asked.touch_id:
        return end_dial(world, session, asked, provider)
    return talk(world, session, asked, provider)
