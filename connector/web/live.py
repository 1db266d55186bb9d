"""Parts of a page that ask for themselves every few seconds and change only when something did."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flask import Response, make_response, render_template, request


def mark_of(*parts: object) -> str:
    """A short mark of what a part shows: the same values, the same mark."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def live_answer(template: str, mark: str, context: Mapping[str, object], *, unchanged: str = "") -> Response:
    """The part anew, or, when the browser shows this very state, nothing to swap.

    `unchanged` is a template of out-of-band pieces that move even then, such as the now line.
    """
    if request.args.get("seen") != mark:
        return make_response(render_template(template, mark=mark, **context))
    if not unchanged:
        return make_response("", 204)
    answer = make_response(render_template(unchanged, mark=mark, **context))
    answer.headers["HX-Reswap"] = "none"
    return answer
