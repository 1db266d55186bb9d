"""Reads TwiML and plays it to whoever listens, up to the point where Twilio must ask again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, XMLParser

# Speech at about 150 words a minute.
_WORDS_PER_S = 2.5
_PRESS_S = 2.0
_MAX_BYTES = 64 * 1024
_KNOWN = frozenset({"Say", "Pause", "Gather", "Dial", "Hangup", "Redirect"})


class TwimlError(Exception):
    """A document Twilio cannot run. `code` is Twilio's."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetch:
    """Where the call goes on: an address asked with these parameters beside the usual ones."""

    url: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dial:
    """Another number that is connected now. `resume_at` is the verb that follows without an action.

    `caller_id` is empty where the document gives none; `rings_s` is how long the number is rung.
    """

    number: str
    action: str
    resume_at: int
    caller_id: str = ""
    rings_s: int = 30


@dataclass(slots=True)
class Segment:
    """What happened until Twilio must ask again: words said, seconds passed, digits used.

    `then` is a Fetch, a Dial, or None when the call is over. `warnings` are (code, sentence).
    """

    spoken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    digits: str = ""
    then: Fetch | Dial | None = None
    warnings: list[tuple[int, str]] = field(default_factory=list)


def parse_twiml(body: bytes) -> list[Element]:
    """The verbs of a document; an empty body is an empty response. Raises TwimlError 12100 or 12102."""
    if not body.strip():
        return []
    if len(body) > _MAX_BYTES:
        raise TwimlError(11750, "TwiML response body too large")
    root = _root(body)
    if root.tag != "Response":
        raise TwimlError(12102, f"Attribute or root element is invalid: {root.tag} instead of Response")
    return list(root)


def _root(body: bytes) -> Element:
    # Expat reads it, but a document type is refused: Twilio takes none, and entities could be bombs.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise TwimlError(12100, "Document parse failure: a document type is not allowed")
    parser = XMLParser()  # noqa: S314
    try:
        parser.feed(body)
        return parser.close()
    except (ParseError, UnicodeDecodeError, ValueError) as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from None


def play(verbs: list[Element], base_url: str, digits: str, start: int = 0) -> Segment:
    """Plays the verbs from `start` to someone who will press `digits` (none for a machine)."""
    segment = Segment(digits=digits)
    for index, verb in enumerate(verbs[start:], start=start):
        if verb.tag not in _KNOWN:
            segment.warnings.append((12200, f"Schema validation warning: {verb.tag} is not known here"))
        elif _VERBS[verb.tag](verb, index, base_url, segment):
            return segment
    return segment


def words(element: Element) -> str:
    """The text of an element on one line."""
    return " ".join("".join(element.itertext()).split())


def speech_seconds(text: str) -> float:
    """How long saying it takes."""
    return max(1.0, math.ceil(len(text.split()) / _WORDS_PER_S))


def _say(verb: Element, _index: int, _base_url: str, segment: Segment) -> bool:
    text = words(verb)
    for _ in range(min(_number(verb, "loop", 1), 10)):
        segment.spoken.append(text)
        segment.seconds += speech_seconds(text)
    return False


def _pause(verb: Element, _index: int, _base_url: str, segment: Segment) -> bool:
    segment.seconds += _number(verb, "length", 1)
    return False


def _gather(verb: Element, index: int, base_url: str, segment: Segment) -> bool:
    for nested in verb:
        if nested.tag in ("Say", "Pause"):
            _VERBS[nested.tag](nested, index, base_url, segment)
        else:
            segment.warnings.append((12200, f"Schema validation warning: {nested.tag} inside Gather"))
    action = urljoin(base_url, verb.get("action", ""))
    pressed = _pressed(verb, segment)
    if pressed:
        segment.seconds += _PRESS_S
        segment.then = Fetch(action, {"Digits": pressed, "msg": "Gather End"})
        return True
    segment.seconds += _number(verb, "timeout", 5)
    if verb.get("actionOnEmptyResult", "false").lower() == "true":
        segment.then = Fetch(action, {"Digits": "", "msg": "Gather End"})
        return True
    return False


def _pressed(verb: Element, segment: Segment) -> str:
    if "dtmf" not in verb.get("input", "dtmf").split():
        return ""
    limit = _number(verb, "numDigits", len(segment.digits)) or len(segment.digits)
    pressed, segment.digits = segment.digits[:limit], segment.digits[limit:]
    finish = verb.get("finishOnKey", "#")
    return pressed.split(finish)[0] if finish and finish in pressed else pressed


def _dial(verb: Element, index: int, base_url: str, segment: Segment) -> bool:
    number = next((words(nested) for nested in verb if nested.tag == "Number"), "") or words(verb)
    action = verb.get("action")
    segment.then = Dial(
        number,
        urljoin(base_url, action) if action is not None else "",
        index + 1,
        verb.get("callerId", ""),
        _number(verb, "timeout", 30),
    )
    return True


def _hangup(_verb: Element, _index: int, _base_url: str, _segment: Segment) -> bool:
    return True


def _redirect(verb: Element, _index: int, base_url: str, segment: Segment) -> bool:
    segment.then = Fetch(urljoin(base_url, words(verb)), {})
    return True


def _number(verb: Element, name: str, default: int) -> int:
    value = verb.get(name, "")
    return int(value) if value.isdigit() else default


_VERBS: dict[str, Callable[[Element, int, str, Segment], bool]] = {
    "Say": _say,
    "Pause": _pause,
    "Gather": _gather,
    "Dial": _dial,
    "Hangup": _hangup,
    "Redirect": _redirect,
}
