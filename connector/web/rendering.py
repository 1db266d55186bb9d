"""What every template knows: words, icons, assets, and who is signed in."""

from __future__ import annotations

from typing import Any

from flask import Flask, g

from connector.web.assets import asset_globals
from connector.web.words import caps, states, steps, times

#: About so many characters stand in a line of reading text, and so many lines before it is folded.
_LINE, _LINES = 80, 3


def is_long(text: str) -> bool:
    """Whether a text fills more lines than are shown unfolded."""
    return sum(max(1, -(-len(line) // _LINE)) for line in text.splitlines()) > _LINES


def teach_templates(app: Flask) -> None:
    """Register filters and globals; autoescape is Flask's and stays on."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset_globals())
    app.jinja_env.globals.update(
        moment=times.moment,
        planned_moment=times.planned_moment,
        short_moment=times.short_moment,
        your_moment=times.your_moment,
        is_long=is_long,
        enrollment_badge=states.enrollment_badge,
        outcome_badge=states.outcome_badge,
        channel_icon=states.channel_icon,
    )
    app.jinja_env.filters.update(
        duration=times.duration,
        crm_name=states.crm_name,
        who_said=states.who_said,
        consent_word=states.consent_word,
        state_word=states.state_word,
        outcome_word=states.outcome_word,
        when_words=steps.when_words,
        margin_words=steps.margin_words,
        pattern_words=steps.pattern_words,
        caps_words=caps.caps_words,
        act_word=caps.act_word,
    )

    @app.context_processor
    def _frame() -> dict[str, Any]:
        return {"frame": g.get("frame")}
