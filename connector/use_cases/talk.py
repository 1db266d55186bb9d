"""What a call of ours says and does, answered while the provider waits."""

from __future__ import annotations

from functools import partial

import structlog
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event
from connector.domain.touch import Result
from connector.ports import AnsweredBy, CallAnswered, KeyPressed, RawRequest, Talk
from connector.store.models import Contact, SuppressionReason, Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.hand_off import hand_off_call
from connector.use_cases.receive import UnknownProviderError
from connector.use_cases.settle import accept
from connector.use_cases.stop import opt_out_person, stop_person
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)

_PICKED_UP = "Follow-up ended: they picked up the phone."
_ASKED = "They picked up our call and pressed 1 to speak with a person. It is yours now."
_OPTED_OUT = "Opted out by pressing 9 during a call. All channels stopped."
_GOODBYE = Talk("Thank you. One of us will be in touch. Goodbye.")
_SORRY = Talk("Sorry to have disturbed you. Goodbye.")
_NO_MORE = Talk("You will not be called again. Goodbye.")
_CONNECTING = "One moment, I am connecting you."
_CALL_BACK = Talk("Thank you. One of us will call you back shortly. Goodbye.")


def answer_call(world: World, provider: str, request: RawRequest) -> tuple[str, bytes]:
    """The answer's content type and body.

    Raises UnknownProviderError, BadSignatureError, BadRequestBodyError.
    """
    if provider != world.outside.voice.provider:
        raise UnknownProviderError(f"no provider {provider!r} places calls here")
    asked = world.outside.voice.accept(request)
    talk = world.sessions.run(partial(_answer, world, asked=asked, provider=provider))
    return world.outside.voice.render(asked.touch_id, talk)


def _answer(world: World, session: Session, asked: CallAnswered | KeyPressed, provider: str) -> Talk:
    touch = lock_touch(session, asked.touch_id)
    if touch is None:
        _log.warning("voice.unknown_touch", provider=provider, touch_id=asked.touch_id)
        return _SORRY
    accept(world, session, touch, provider, asked.provider_id, "")
    if isinstance(asked, KeyPressed):
        return _pressed(world, session, touch, asked.digits)
    if asked.answered_by is AnsweredBy.MACHINE:
        touch.result = touch.result or Result.VOICEMAIL
        return Talk(touch.voicemail)
    return _picked_up(world, session, touch)


def _picked_up(world: World, session: Session, touch: Touch) -> Talk:
    """A person: what the sequence was for. It ends here; who takes over is known when they hang up."""
    touch.result = Result.PICKED_UP
    contact = session.get_one(Contact, touch.contact_id)
    now = world.outside.clock.now()
    stop_person(session, contact, Event.PICKED_UP, _PICKED_UP, now, is_told=False)
    return Talk(touch.body, listen=True)


def _pressed(world: World, session: Session, touch: Touch, digits: str) -> Talk:
    contact = session.get_one(Contact, touch.contact_id)
    now = world.outside.clock.now()
    if digits == "9":
        reason, address = SuppressionReason.OPTED_OUT, touch.to_address
        opt_out_person(session, contact, address, reason, "pressed 9", _OPTED_OUT, now)
        return _NO_MORE
    if digits != "1":
        return _GOODBYE
    hand_off_call(session, contact, touch, "asked for a person: call them", _ASKED, now)
    if world.settings.handoff_number:
        return Talk(_CONNECTING, dial=world.settings.handoff_number)
    return _CALL_BACK
