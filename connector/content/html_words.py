"""The words of an HTML mail, as a reader sees them: quoted text behind ">", nothing of what is hidden."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Mails are far shorter; what comes behind is markup or an attack.
_LONGEST = 200_000
_DEEPEST_QUOTE = 10
_SILENT = frozenset({"head", "script", "style", "template", "title", "object", "svg"})
#: Elements that begin and end a line, and those with an empty line around them.
_LINES = frozenset({"address", "article", "center", "dd", "div", "dt", "footer", "form", "header", "li"})
_LINES |= {"main", "nav", "section", "table", "tr", "hr"}
_PARAGRAPHS = frozenset({"p", "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "pre", "ul"})
_CELLS = frozenset({"td", "th"})
#: The parser takes quadratic time where these do not end (CPython 135462); none of them is read.
_UNREAD = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)|<(?![a-zA-Z/])", re.DOTALL)
_UNENDED_TAG = re.compile(r"<[^<>]*(?=<|\Z)")
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_GAPS = re.compile(r"\n(?:[ >]*\n){2,}")


def words_of_html(html: str) -> str:
    """The text of an HTML body. Links are not followed, images not loaded, scripts not run."""
    reader = _Reader()
    reader.feed(_UNENDED_TAG.sub("", _UNREAD.sub(_spelled, html[:_LONGEST])))
    reader.close()
    return _GAPS.sub("\n\n", reader.text()).strip()


def _spelled(found: re.Match[str]) -> str:
    return "&lt;" if found.group() == "<" else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._end_line()
        else:
            self._begin_block(tag)
        if tag == "blockquote":
            self._quotes += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._end_line()
        elif tag not in _SILENT:
            self._begin_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
            return
        self._begin_block(tag)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = _BLANKS.sub(" ", data)
        if words.strip() or self._line:
            self._line.append(words)

    def text(self) -> str:
        """All that was read."""
        self._end_line(is_kept=False)
        return "\n".join(self._lines)

    def _begin_block(self, tag: str) -> None:
        if tag in _CELLS:
            self._line.append(" ")
        elif tag in _LINES or tag in _PARAGRAPHS:
            self._end_line(is_kept=False)
            if tag in _PARAGRAPHS and self._lines and self._lines[-1]:
                self._lines.append("")

    def _end_line(self, *, is_kept: bool = True) -> None:
        words = _BLANKS.sub(" ", "".join(self._line)).strip()
        self._line.clear()
        if words or is_kept:
            marks = ">" * min(self._quotes, _DEEPEST_QUOTE)
            self._lines.append(f"{marks} {words}".strip())
