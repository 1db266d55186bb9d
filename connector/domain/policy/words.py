"""What rules call the channels and what they need."""

from __future__ import annotations

from connector.domain.channels import Channel

TOUCHES = {Channel.CALL: "an automated call", Channel.TEXT: "a marketing text", Channel.EMAIL: "a mail"}
ADDRESSES = {Channel.CALL: "phone number", Channel.TEXT: "phone number", Channel.EMAIL: "email address"}


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 burst", "2 bursts"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def capitalized(words: str) -> str:
    """The words as a sentence begins; the rest stays as it is."""
    return words[:1].upper() + words[1:]
