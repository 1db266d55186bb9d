"""What the sender of a mail has newly written: without what they quote, and what of it may say no."""

from __future__ import annotations

import re

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES, QUOTED_MATCH_INCLUDE

from connector.content.html_words import words_of_html
from connector.content.mail import WAY_OUT

#: Characters read of a mail, quotes and all.
_LONGEST = 20_000
#: The library's patterns look at every pair of characters of a line: long lines are broken for it.
_LONGEST_LINE = 300
#: A word joiner never stands where a line ends, so that what was broken here can be joined again.
_BREAK = "\u2060\n\u2060"


def _teach(language: str, wrote: str, headings: str) -> None:
    """Add to the library's table: it is where the library itself looks languages up."""
    quoted = QUOTED_MATCH_INCLUDE
    MAIL_LANGUAGES[language] = {
        **MAIL_LANGUAGES.get(language, {"disclaimers": "", "signatures": "", "sent_from": ""}),
        "wrote_header": rf"^({quoted}{wrote})$",
        "from_header": rf"((?:(?:^|\n|\n{quoted})[* ]*(?:{headings}):[ *]*(?:\s{{,2}}).*){{2,}}(?:\n.*){{,1}})",
    }


# What mail-parser-reply 1.36 does not find: its Spanish asks for two blanks, its Dutch for no name behind
# "schreef", and it has no Portuguese.
_teach("es", r"El\s.+?\s?.+?\sescribió:", "De|Enviado|Para|Asunto|Fecha|CC")
_teach(
    "nl", r"Op\s.+?\s?.+?\s(?:schreef(?:\s.+?\s?.+?)?|geschreven):", "Van|Verzonden|Aan|Onderwerp|Datum|Cc"
)
_teach("pt", r"Em\s.+?\s?.+?\s(?:escreveu|escreveram):", "De|Enviado|Enviada em|Para|Assunto|Data|Cc")

_PARSER = EmailReplyParser(
    languages=["en", "de", "fr", "es", "pt", "nl", "it", "da", "sv", "pl", "cs", "ja", "zh"]
)
_SIGNATURE = re.compile(r"^--[ \t]*$", re.MULTILINE)
_HIDDEN = str.maketrans("", "", "\u2060\ufeff\u200b")


def new_words(text: str, html: str = "") -> str:
    """What the sender wrote, without quoted text and our own foot. HTML counts where there is no text.

    Answers below a quote or between its lines are the sender's too. Where nothing seems to be new the
    whole is returned but for quoted lines: an answer is rather read twice than not at all.
    """
    whole = _normal(text) or _normal(words_of_html(html))
    first, rest = _split(whole)
    answers = _between_quotes(rest)
    words = "\n\n".join(part for part in (_unquoted(first), answers) if part)
    return words or _unquoted(whole)


def above_signature(words: str) -> str:
    """The words above "-- " (RFC 3676 4.3): below it stand titles and legal notices, not wishes."""
    found = _SIGNATURE.search(words)
    return words[: found.start()].strip() if found else words


def _normal(text: str) -> str:
    lines = text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return lines.translate(_HIDDEN).strip()


def _split(whole: str) -> tuple[str, str]:
    """What stands above the first quoted mail, and the rest."""
    broken = re.sub(rf"[^\n]{{{_LONGEST_LINE}}}(?=[^\n])", rf"\g<0>{_BREAK}", whole)
    first, *rest = [(reply.headers, reply.content) for reply in _PARSER.read(broken).replies] or [("", "")]
    parts = [("", ""), first, *rest] if first[0] else [first, *rest]
    joined = [content.replace(_BREAK, "") for _, content in parts]
    return joined[0], "\n".join(joined[1:])


def _unquoted(text: str) -> str:
    return _without_foot("\n".join(line for line in text.split("\n") if not line.startswith(">"))).strip()


def _between_quotes(rest: str) -> str:
    """Lines without a mark below the first marked one: answers to single lines, or below the whole."""
    lines = rest.split("\n")
    marked = next((place for place, line in enumerate(lines) if line.startswith(">")), len(lines))
    return _unquoted("\n".join(lines[marked:]))


def _without_foot(text: str) -> str:
    """Without the foot of our own mails, should it stand there unmarked."""
    return text.partition(WAY_OUT)[0] if WAY_OUT in text else text
