"""The words of a typical message, for what is not drafted by the product itself."""

from __future__ import annotations

SUBJECT = "Your question about the two-bedroom flat on Elm Street"
BODY = (
    "Hi Dana, Harbor Homes here about the two-bedroom flat on Elm Street. What would you like to know first? "
    "A word is enough and Bob Stone takes it from there.\nReply STOP to opt out."
)
