"""Touches, signals and changes as one short sentence each, with its meaning."""

from __future__ import annotations

from connector.domain.channels import Channel
from connector.domain.enrollment import Event, State
from connector.domain.touch import Result, TouchState
from connector.store.reads.pages_story_parts import StoryChange, StorySignal, StoryTouch
from connector.web.words.states import Badge, by_channel
from connector.web.words.times import duration

_NAMES = {Channel.CALL: "Call", Channel.TEXT: "Text", Channel.EMAIL: "Email"}

_RESULTS: dict[Result, tuple[str, str]] = {
    Result.SENT: ("going", "sent"),
    Result.DELIVERED: ("going", "delivered"),
    Result.NOT_DELIVERED: ("stopped", "not delivered"),
    Result.PICKED_UP: ("good", "picked up"),
    Result.VOICEMAIL: ("going", "went to voicemail, message left"),
    Result.NO_ANSWER: ("plain", "not answered"),
    Result.BUSY: ("plain", "found the line busy"),
    Result.CALL_FAILED: ("stopped", "did not go through"),
    Result.BOUNCED: ("stopped", "bounced"),
}

_STATES: dict[TouchState, tuple[str, str]] = {
    TouchState.PLANNED: ("waiting", "planned"),
    TouchState.CLAIMED: ("going", "on its way"),
    TouchState.ACCEPTED: ("going", "sent"),
    TouchState.DONE: ("going", "sent"),
    TouchState.SKIPPED: ("plain", "skipped"),
    TouchState.REFUSED: ("stopped", "refused"),
    TouchState.UNKNOWN: ("waiting", "may have gone; we are looking it up"),
    TouchState.LISTED: ("stopped", "may have gone, and nobody can say"),
}

_CALL_STATES = {TouchState.ACCEPTED: "ringing", TouchState.DONE: "ended"}

#: The kinds of signals; {how} becomes "by text".
_SIGNALS: dict[str, tuple[str, str, str]] = {
    "replied": ("good", "reply", "Answered {how}"),
    "auto_replied": ("plain", "reply", "Automatic answer {how}"),
    "answered": ("good", "reply", "Answered {how}"),
    "picked_up": ("good", "reply", "Picked up"),
    "wrote": ("good", "reply", "Wrote {how}"),
    "called": ("good", "reply", "Called us"),
    "opted_out": ("stopped", "stop", "Opted out {how}"),
    "unsubscribed": ("stopped", "stop", "Unsubscribed"),
    "complained": ("stopped", "stop", "Marked it as spam"),
    "bounced": ("stopped", "alert", "Bounced"),
    "not_delivered": ("stopped", "alert", "Not delivered"),
    "delivered": ("going", "check", "Delivered"),
    "opened": ("going", "eye", "Opened"),
    "clicked": ("going", "eye", "Clicked a link"),
    "voicemail": ("going", "check", "Voicemail left"),
    "pressed": ("good", "reply", "Pressed a key"),
}

_CHANGES: dict[Event | None, tuple[str, str]] = {
    None: ("going", "going"),
    Event.PAUSED: ("waiting", "pause"),
    Event.RESUMED: ("going", "going"),
    Event.REPLIED: ("good", "check"),
    Event.PICKED_UP: ("good", "check"),
    Event.OPTED_OUT: ("stopped", "stop"),
    Event.BOUNCED: ("stopped", "alert"),
    Event.RAN_OUT: ("plain", "silence"),
    Event.REMOVED: ("stopped", "stop"),
    Event.FAILED: ("stopped", "alert"),
}


def touch_badge(touch: StoryTouch) -> Badge:
    """Such as "Text delivered" or "Call picked up, 2 min"."""
    settled = touch.state in (TouchState.ACCEPTED, TouchState.DONE)
    if touch.result is not None and settled:
        tone, words = _RESULTS[touch.result]
    else:
        tone, words = _STATES[touch.state]
        if touch.channel is Channel.CALL:
            words = _CALL_STATES.get(touch.state, words)
    if touch.result is Result.PICKED_UP and touch.seconds:
        words += f", {duration(touch.seconds)}"
    return Badge(tone, touch.channel.value, f"{_NAMES[touch.channel]} {words}")


def signal_badge(signal: StorySignal, *, is_opt_out: bool = False) -> Badge:
    """Such as "Answered by text"; an opening that a machine may have made says so."""
    plain = ("plain", "going", signal.kind.replace("_", " ").capitalize() + " {how}")
    kind = "opted_out" if is_opt_out and signal.kind == "replied" else signal.kind
    tone, icon, words = _SIGNALS.get(kind, plain)
    sentence = words.format(how=by_channel(signal.channel))
    if signal.is_machine:
        return Badge("plain", icon, f"{sentence}, by software rather than a person")
    return Badge(tone, icon, sentence)


def change_badge(change: StoryChange) -> Badge:
    """The change's own sentence."""
    tone, icon = _CHANGES.get(change.event, ("plain", "going"))
    fallback = {State.ACTIVE: "Active", State.PAUSED: "Paused", State.ENDED: "Ended"}[change.to_state]
    return Badge(tone, icon, change.sentence or fallback)
