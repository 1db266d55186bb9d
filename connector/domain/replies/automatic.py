"""Whether a mail was written by a machine: then nobody has answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Automatic(StrEnum):
    """What kind of machine wrote it."""

    REPORT = "report"
    ANSWER = "answer"


#: The headers that tell, in lower case.
TELLING_HEADERS = ("auto-submitted", "content-type", "precedence", "x-autoreply", "x-autorespond")
_PRECEDENCES = frozenset({"auto_reply", "auto-reply", "bulk", "junk", "list"})
_REPORTERS = re.compile(r"^(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_ANSWERED = re.compile(r"^\s*(?:re|aw|sv|vs|rv|rif|ref|res|antw|回复|答复)\s*[:：]\s*", re.IGNORECASE)
#: What mail programs write for somebody who is away. "Out of office space" is about an office.
_AWAY = re.compile(
    r"^(?:"
    r"auto(?:matic(?:ally generated)?|mated)? ?-?(?:reply|response|answer)\b|auto:|autoreply\b"
    r"|(?:i(?: a|')?m )?(?:currently )?(?:out of (?:the )?office\b(?! (?:space|park|supplies|furniture))"
    r"|away from (?:the|my) (?:office|desk)\b|on (?:vacation|holiday|annual leave|parental leave)\b)"
    r"|ooo\b|vacation (?:reply|response|message)\b"
    r"|(?:automatische )?(?:abwesenheits(?:notiz|nachricht|benachrichtigung|mitteilung)|antwort:)"
    r"|abwesenheit\b|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina"
    r"|resposta automática|fora do escritório|automatisch antwoord|afwezig(?:heid)?\b|risposta automatica"
    r"|fuori sede|automatiskt svar|frånvaro\b|automaattinen vastaus|poissaolo\b|自动回复|自動返信|不在"
    r")",
    re.IGNORECASE,
)
#: Words that bear a subject out which an answer to it carries on ("Re: Out of office").
_AWAY_WORDS = re.compile(
    r"\b(?:i am|i'm|i will be|i'll be) (?:currently )?(?:out|away|on (?:leave|vacation|holiday))\b"
    r"|\b(?:back|return(?:ing)?) (?:on|to the office)\b|\blimited access to (?:my )?e-?mail\b"
    r"|\bzurück (?:am|ab)\b|\bnicht im büro\b|\bde retour le\b|\bregreso el\b",
    re.IGNORECASE,
)


def find_automatic(
    headers: Mapping[str, str], *, subject: str, words: str, sender: str, return_path: str | None
) -> Automatic | None:
    """What wrote the mail, None for a person.

    `headers` have names in lower case; `return_path` is the envelope's sender, empty where the mail asks
    for no report of its own (RFC 5321 4.5.5), None where it is not known. RFC 3834 5 says which headers
    tell. A subject alone tells of programs that set none; under "Re:" the words have to bear it out.
    """
    if headers.get("content-type", "").strip().lower().startswith("multipart/report"):
        return Automatic.REPORT
    if _REPORTERS.match(sender) or (return_path is not None and _REPORTERS.match(return_path)):
        return Automatic.REPORT
    if return_path is not None and not return_path.strip(" <>"):
        return Automatic.ANSWER
    if _is_said(headers) or _is_away(subject, words):
        return Automatic.ANSWER
    return None


def is_an_answer(subject: str) -> bool:
    """Whether a subject was carried on from the mail that is answered: then its words may be ours."""
    return _ANSWERED.match(subject) is not None


def _is_said(headers: Mapping[str, str]) -> bool:
    submitted = headers.get("auto-submitted", "").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or "x-autoreply" in headers
        or "x-autorespond" in headers
        or headers.get("precedence", "").strip().lower() in _PRECEDENCES
    )


def _is_away(subject: str, words: str) -> bool:
    bare = _ANSWERED.sub("", subject, count=1).strip()
    if not _AWAY.match(bare):
        return False
    return not is_an_answer(subject) or _AWAY_WORDS.search(words) is not None
