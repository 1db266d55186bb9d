"""How an outside system fails, in four ways.

    OutsideError
    |- TryLaterError         nothing happened; ask again, not before a time
    |- RefusedError          permanent for this touch, address or record
    |- DisconnectedError     the installation or connection must be renewed
    `- OutcomeUnknownError   it may have happened: learn it, never ask again

Each vendor's folder under `adapters/` turns its answers into these by one table.
"""

from __future__ import annotations

import re
from enum import StrEnum

#: What a code of a vendor's looks like; anything else may be somebody's words.
_CODE = re.compile(r"[\w.:-]{0,80}", re.ASCII)


class OutsideError(Exception):
    """An outside system did not do what was asked.

    `sentence` is for the admin and the rep: what happened and what to do.
    """

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code

    @property
    def loggable(self) -> dict[str, str]:
        """What a log line has of it: the kind and the code. A vendor's sentence may quote a person's values."""
        return {"error": type(self).__name__, "error_code": self.code if _CODE.fullmatch(self.code) else "…"}


class TryLaterError(OutsideError):
    """It was certainly not executed and may be asked again after `retry_after` seconds (wall)."""

    def __init__(self, sentence: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence, code=code)
        self.retry_after = retry_after


class Fault(StrEnum):
    """What a refusal says is wrong."""

    MESSAGE = "message"
    ADDRESS = "address"
    OPTED_OUT = "opted_out"
    RECORD = "record"
    GONE = "gone"


class RefusedError(OutsideError):
    """It was certainly not executed and asking again would be refused again."""

    def __init__(self, sentence: str, *, code: str = "", fault: Fault = Fault.MESSAGE) -> None:
        super().__init__(sentence, code=code)
        self.fault = fault


class DisconnectedError(OutsideError):
    """The installation or connection no longer works; a person must renew it.

    `is_revoked` is True only where the other side said so in so many words.
    """

    def __init__(self, sentence: str, *, code: str = "", is_revoked: bool = False) -> None:
        super().__init__(sentence, code=code)
        self.is_revoked = is_revoked


class OutcomeUnknownError(OutsideError):
    """The request left and no answer says whether it was executed."""


class BadSignatureError(Exception):
    """A webhook is unsigned, wrongly signed, stale or dated in the future. Answered 401."""


class BadRequestBodyError(Exception):
    """A correctly signed request whose body cannot be read. The message says what was expected."""
