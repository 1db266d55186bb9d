"""A mail's two bodies, plain and HTML, with the sender's address and the way out at the foot of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

_GAP = re.compile(r"\n[ \t]*\n\s*")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: How the foot of every mail of ours begins; an answer may quote it.
WAY_OUT = "If you would rather not hear from us again, unsubscribe here:"
_FRAME = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font-family: sans-serif; line-height: 1.5">
{paragraphs}
<p style="color: #595959; font-size: small">{foot}</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class MailBodies:
    """The same mail twice, as a mail program may choose."""

    text: str
    html: str


def build_mail(body: str, *, postal_address: str, unsubscribe_url: str) -> MailBodies:
    """Both bodies of a mail whose words are `body` (plain text, paragraphs apart by empty lines).

    The foot holds what 16 CFR 316.5 (CAN-SPAM) asks of every commercial mail: a postal address and
    a way out. Raises ValueError without them.
    """
    address = [line.strip() for line in postal_address.splitlines() if line.strip()]
    if not address or not unsubscribe_url:
        raise ValueError("a mail needs a postal address and an unsubscribe link")
    words = _NOT_TEXT.sub("", body.replace("\r\n", "\n")).strip()
    return MailBodies(_text(words, address, unsubscribe_url), _html(words, address, unsubscribe_url))


def _text(words: str, address: list[str], link: str) -> str:
    # "-- " marks what follows as a signature (RFC 3676 4.3), which replies leave out of their quote.
    foot = "\n".join((*address, f"{WAY_OUT} {link}"))
    return f"{words}\n\n-- \n{foot}\n"


def _html(words: str, address: list[str], link: str) -> str:
    paragraphs = "\n".join(
        f"<p>{_lines(part.split(chr(10)))}</p>" for part in _GAP.split(words) if part.strip()
    )
    sentence = f'{escape(WAY_OUT)} <a href="{escape(link)}">{escape(link)}</a>'
    return _FRAME.format(paragraphs=paragraphs, foot=f"{_lines(address)}<br>\n{sentence}")


def _lines(lines: list[str]) -> str:
    return "<br>\n".join(escape(line) for line in lines)
