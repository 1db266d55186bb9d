"""How a text of ours stands, in our words: the same whether Twilio reports it or is asked."""

from __future__ import annotations

import structlog

from adapters.twilio.meanings import meaning_of
from adapters.twilio.progress import TEXT_DELIVERED, TEXT_FAILED, TEXT_RANKS
from connector.ports import TextStatus

_log = structlog.get_logger(__name__)


def text_status(touch_id: str, sid: str, status: str, error_code: str) -> TextStatus | None:
    """A text's status; None for one that Twilio does not document."""
    status = status.lower()
    rank = TEXT_RANKS.get(status)
    if rank is None:
        _log.warning("twilio.unknown_text_status", status=status, touch_id=touch_id)
        return None
    has_failed = status in TEXT_FAILED
    meaning = meaning_of(error_code) if has_failed else None
    reason = (
        meaning.sentence if meaning else f"Twilio's error {error_code}." if error_code and has_failed else ""
    )
    return TextStatus(
        touch_id=touch_id,
        provider_id=sid,
        status=status,
        rank=rank,
        is_delivered=status in TEXT_DELIVERED,
        is_failed=has_failed,
        fault=meaning.fault if meaning else None,
        reason=reason,
    )
