"""The ways in which a contact is reached."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """A channel of a touch. `task` is not one: a task reaches a rep, not the contact."""

    CALL = "call"
    TEXT = "text"
    EMAIL = "email"


class Consent(StrEnum):
    """What the contact has agreed to, weakest first (47 CFR 64.1200; see `permits`)."""

    NONE = "none"
    INQUIRY = "inquiry"
    EXPRESS = "express"
    EXPRESS_WRITTEN = "express_written"
    EXPRESS_WRITTEN_AI_VOICE = "express_written_ai_voice"

    def permits(self, needed: Consent) -> bool:
        """Whether this consent is at least as strong as `needed`."""
        order = list(Consent)
        return order.index(self) >= order.index(needed)
