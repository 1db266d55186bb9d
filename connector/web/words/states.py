"""States and outcomes in words, each with its meaning: going, waiting, good, stopped or plain."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.channels import Channel, Consent
from connector.domain.enrollment import Outcome, State


@dataclass(frozen=True, slots=True)
class Badge:
    """A meaning: its color by `tone`, its icon and its word, never one without the others."""

    tone: str
    icon: str
    word: str


_OUTCOMES: dict[Outcome, Badge] = {
    Outcome.REPLIED: Badge("good", "reply", "Answered"),
    Outcome.BOOKED: Badge("good", "check", "Booked"),
    Outcome.CONVERTED: Badge("good", "check", "Converted"),
    Outcome.NO_REPLY: Badge("plain", "silence", "No reply"),
    Outcome.EXHAUSTED: Badge("plain", "silence", "Exhausted"),
    Outcome.OPTED_OUT: Badge("stopped", "stop", "Opted out"),
    Outcome.BOUNCED: Badge("stopped", "stop", "Bounced"),
    Outcome.DISQUALIFIED: Badge("stopped", "stop", "Disqualified"),
    Outcome.SUPERSEDED: Badge("plain", "arrow", "Superseded"),
    Outcome.REMOVED: Badge("stopped", "stop", "Stopped"),
    Outcome.FAILED: Badge("stopped", "alert", "Failed"),
}

_CHANNEL_WORDS = {Channel.CALL: "phone", Channel.TEXT: "text", Channel.EMAIL: "email"}

_CONSENTS = {
    Consent.NONE: "None",
    Consent.INQUIRY: "Inquiry",
    Consent.EXPRESS: "Express",
    Consent.EXPRESS_WRITTEN: "Express written",
    Consent.EXPRESS_WRITTEN_AI_VOICE: "Express written, automated voice disclosed",
}

_PROVIDERS = {"twilio": "Twilio", "sendgrid": "SendGrid", "the provider": "The provider"}
CRM_NAMES = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


def enrollment_badge(state: State, outcome: Outcome | None, waiting_for: str = "") -> Badge:
    """Where an enrollment stands, as one badge."""
    if state is State.ENDED and outcome is not None:
        return _OUTCOMES[outcome]
    if state is State.PAUSED:
        return Badge("waiting", "pause", "Paused")
    if waiting_for:
        return Badge("waiting", "clock", "Held")
    return Badge("going", "going", "Active")


def outcome_badge(outcome: Outcome) -> Badge:
    """How a follow-up ended."""
    return _OUTCOMES[outcome]


def outcome_word(outcome: Outcome) -> str:
    """The outcome as filters and tables call it."""
    return _OUTCOMES[outcome].word


def state_word(state: State) -> str:
    """The state as filters call it."""
    return {State.ACTIVE: "Active", State.PAUSED: "Paused", State.ENDED: "Ended"}[state]


def channel_icon(channel: Channel | None) -> str:
    """The icon of a step's channel; None is a task for a rep."""
    return channel.value if channel else "task"


def by_channel(channel: Channel) -> str:
    """How something came: "by phone", "by text", "by email"."""
    return f"by {_CHANNEL_WORDS[channel]}"


def consent_word(consent: Consent) -> str:
    """The consent class as the CRM's property calls it."""
    return _CONSENTS[consent]


def who_said(by: str) -> str:
    """A user by their email address, or a provider as people call it."""
    return _PROVIDERS.get(by, by)


def crm_name(crm: str) -> str:
    """The CRM as people call it."""
    return CRM_NAMES.get(crm, crm.capitalize())
