"""What a call of ours says and does, answered while the provider waits."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import Event, State
from connector.domain.touch import Result
from connector.ports import AnsweredBy, CallAnswered, DialEnded, KeyPressed, Talk
from connector.store.models import Contact, Enrollment, Suppression, SuppressionReason, Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.hand_off import hand_off_call
from connector.use_cases.settle import accept
from connector.use_cases.stop import opt_out_by_key, stop_person
from connector.use_cases.takers import taker_of
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
_HANG_UP = Talk("")


def talk(world: World, session: Session, asked: CallAnswered | KeyPressed | DialEnded, provider: str) -> Talk:
    """What a call of ours does next."""
    touch = lock_touch(session, asked.touch_id, Channel.CALL)
    if touch is None:
        _log.warning("voice.unknown_touch", provider=provider, touch_id=asked.touch_id)
        return _SORRY
    accept(world, session, touch, provider, asked.provider_id, "")
    match asked:
        case DialEnded():
            return _HANG_UP if asked.is_taken else _CALL_BACK
        case KeyPressed():
            return _pressed(world, session, touch, asked.digits)
        case CallAnswered(answered_by=AnsweredBy.MACHINE):
            return _went_to_voicemail(session, touch)
    return _picked_up(world, session, touch)


def _went_to_voicemail(session: Session, touch: Touch) -> Talk:
    """The message, unless the follow-up ended while the phone rang: then nothing is left behind."""
    if session.get_one(Enrollment, touch.enrollment_id).state is State.ENDED and touch.result is None:
        touch.result = Result.NO_ANSWER
        return _HANG_UP
    touch.result = touch.result or Result.VOICEMAIL
    return Talk(touch.voicemail) if touch.result is Result.VOICEMAIL else _HANG_UP


def _picked_up(world: World, session: Session, touch: Touch) -> Talk:
    """A person: what the sequence was for. It ends here; who takes over is known when they hang up.

    Whoever opted out while the phone rang hears no more than that they were heard.
    """
    touch.result = Result.PICKED_UP
    contact = session.get_one(Contact, touch.contact_id)
    if _has_said_no(session, contact, touch):
        touch.body = _NO_MORE.say
        return _NO_MORE
    now = world.outside.clock.now()
    stop_person(session, contact, Event.PICKED_UP, _PICKED_UP, now, is_told=False)
    return Talk(touch.body, listen=True)


def _has_said_no(session: Session, contact: Contact, touch: Touch) -> bool:
    if contact.is_call_opted_out:
        return True
    barred = select(Suppression.reason).where(
        Suppression.account_id == touch.account_id, Suppression.address == touch.to_address
    )
    return session.scalar(barred) is not None


def _pressed(world: World, session: Session, touch: Touch, digits: str) -> Talk:
    contact = session.get_one(Contact, touch.contact_id)
    now = world.outside.clock.now()
    if digits == "9":
        reason = SuppressionReason.OPTED_OUT
        opt_out_by_key(session, contact, touch, reason, "pressed 9", _OPTED_OUT, now)
        return _NO_MORE
    if digits != "1":
        return _GOODBYE
    hand_off_call(session, contact, touch, "asked for a person: call them", _ASKED, now)
    taker = taker_of(world, session, contact)
    return Talk(_CONNECTING, dial=taker.number) if taker else _CALL_BACK
