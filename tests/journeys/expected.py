"""Per preset and lead: how the lead behaves, and to the minute what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: A kind of touch or activity, and when by the lead's own clock.
When = tuple[str, str]
_OBJECTS = {"call": "calls", "text": "communications", "email": "emails"}
#: The number that callers are put through to.
HANDOFF = "+12025550123"
_ENROLLED = ("notes", "Tue 2 09:50")


@dataclass(frozen=True)
class Journey:
    """A lead enrolled on Tuesday 2 March 2027 at 09:50 in New York."""

    script: dict[str, Any]
    touches: list[When]
    #: What is on the record besides the note of the enrollment and one activity a touch.
    ending: list[When]
    outcome: str
    is_opted_out: bool = False
    #: HubSpot's outcome of each call, in words.
    calls: list[str] = field(default_factory=list)
    #: Whether the lead calls our number half an hour after the enrollment.
    calls_us: bool = False

    @property
    def activities(self) -> list[When]:
        """All that must be on the record, in the order of objects and times."""
        touches = [(_OBJECTS[kind], at) for kind, at in self.touches]
        return sorted([_ENROLLED, *touches, *self.ending])


_HIGH_INTENT = [
    ("call", "Tue 2 09:51"),
    ("text", "Tue 2 09:55"),
    ("call", "Tue 2 11:50"),
    ("text", "Tue 2 11:55"),
    ("email", "Tue 2 18:30"),
    ("call", "Wed 3 16:00"),
]
#: The clocks change on the 14th.
_TWO_WEEKS = [
    ("call", "Tue 2 09:50"),
    ("text", "Tue 2 09:55"),
    ("email", "Wed 3 10:00"),
    ("call", "Wed 3 16:00"),
    ("text", "Thu 4 12:00"),
    ("call", "Sat 6 10:30"),
    ("email", "Mon 8 10:00"),
    ("call", "Thu 11 16:30"),
    ("text", "Mon 15 18:00"),
]

JOURNEYS: dict[str, dict[str, Journey]] = {
    "high-intent": {
        "silent": Journey(
            {},
            _HIGH_INTENT,
            [("notes", "Thu 4 09:00"), ("tasks", "Thu 4 09:00")],
            "no_reply",
            calls=["no answer", "no answer", "no answer"],
        ),
        "answers_the_second_text": Journey(
            {"reply": {"channel": "sms", "text": "Yes, still open!", "nth": 2, "after_s": 90}},
            _HIGH_INTENT[:4],
            [("communications", "Tue 2 11:56"), ("tasks", "Tue 2 11:56")],
            "replied",
            calls=["no answer", "no answer"],
        ),
        "answers_the_mail": Journey(
            {"reply": {"channel": "email", "text": "Yes, please call me on Thursday.", "after_s": 600}},
            _HIGH_INTENT[:5],
            [("emails", "Tue 2 18:40"), ("tasks", "Tue 2 18:40")],
            "replied",
            calls=["no answer", "no answer"],
        ),
        "refuses_by_mail": Journey(
            {"reply": {"channel": "email", "text": "Please stop emailing me.", "after_s": 600}},
            _HIGH_INTENT[:5],
            [("emails", "Tue 2 18:40")],
            "opted_out",
            is_opted_out=True,
            calls=["no answer", "no answer"],
        ),
        "picks_up": Journey(
            {"call": "human"},
            _HIGH_INTENT[:1],
            [("notes", "Tue 2 09:51"), ("tasks", "Tue 2 09:51")],
            "replied",
            calls=["connected"],
        ),
        "presses_nine": Journey(
            {"call": "human", "press": "9"},
            _HIGH_INTENT[:1],
            [("notes", "Tue 2 09:51"), ("notes", "Tue 2 09:51")],
            "opted_out",
            is_opted_out=True,
            calls=["connected"],
        ),
        "presses_one": Journey(
            {"call": "human", "press": "1"},
            _HIGH_INTENT[:1],
            [("notes", "Tue 2 09:51"), ("tasks", "Tue 2 09:51")],
            "replied",
            calls=["connected"],
        ),
        "calls_us": Journey(
            {"owner": "human"},
            _HIGH_INTENT[:2],
            [("calls", "Tue 2 10:20"), ("tasks", "Tue 2 10:21")],
            "replied",
            calls=["no answer", "connected"],
            calls_us=True,
        ),
        "calls_in_vain": Journey(
            {"owner": "no_answer"},
            _HIGH_INTENT[:2],
            [("calls", "Tue 2 10:20"), ("tasks", "Tue 2 10:20")],
            "replied",
            calls=["no answer", "no answer"],
            calls_us=True,
        ),
        "texts_stop": Journey(
            {"reply": {"channel": "sms", "text": "STOP", "after_s": 60}},
            _HIGH_INTENT[:2],
            [("communications", "Tue 2 09:56")],
            "opted_out",
            is_opted_out=True,
            calls=["no answer"],
        ),
        "unsubscribes": Journey(
            {"unsubscribes": True, "opens": True},
            _HIGH_INTENT[:5],
            [("notes", "Tue 2 19:00")],
            "opted_out",
            is_opted_out=True,
            calls=["no answer", "no answer"],
        ),
    },
    "generic-14-day": {
        "silent": Journey(
            {"call": ["machine", "no_answer"]},
            _TWO_WEEKS,
            [("notes", "Mon 15 18:00")],
            "no_reply",
            calls=["left voicemail", "no answer", "no answer", "no answer"],
        ),
        "answers_the_second_text": Journey(
            {"reply": {"channel": "sms", "text": "Yes, I am", "nth": 2, "after_s": 90}},
            _TWO_WEEKS[:5],
            [("communications", "Thu 4 12:01"), ("tasks", "Thu 4 12:01")],
            "replied",
            calls=["no answer", "no answer"],
        ),
        "answers_the_final_attempt": Journey(
            {"reply": {"channel": "sms", "text": "Keep", "nth": 3, "after_s": 600}},
            _TWO_WEEKS,
            [("notes", "Mon 15 18:00"), ("communications", "Mon 15 18:10"), ("tasks", "Mon 15 18:10")],
            "no_reply",
            calls=["no answer", "no answer", "no answer", "no answer"],
        ),
        "answers_the_mail": Journey(
            {"reply": {"channel": "email", "text": "Number two, please.", "after_s": 600}},
            _TWO_WEEKS[:3],
            [("emails", "Wed 3 10:10"), ("tasks", "Wed 3 10:10")],
            "replied",
            calls=["no answer"],
        ),
        "picks_up": Journey(
            {"call": "human"},
            _TWO_WEEKS[:1],
            [("notes", "Tue 2 09:50"), ("tasks", "Tue 2 09:50")],
            "replied",
            calls=["connected"],
        ),
        "picks_up_the_third_call": Journey(
            {"call": ["no_answer", "no_answer", "human"]},
            _TWO_WEEKS[:6],
            [("notes", "Sat 6 10:30"), ("tasks", "Sat 6 10:30")],
            "replied",
            calls=["no answer", "no answer", "connected"],
        ),
        "presses_nine": Journey(
            {"call": "human", "press": "9"},
            _TWO_WEEKS[:1],
            [("notes", "Tue 2 09:50"), ("notes", "Tue 2 09:50")],
            "opted_out",
            is_opted_out=True,
            calls=["connected"],
        ),
        "texts_stop": Journey(
            {"reply": {"channel": "sms", "text": "STOP", "after_s": 60}},
            _TWO_WEEKS[:2],
            [("communications", "Tue 2 09:56")],
            "opted_out",
            is_opted_out=True,
            calls=["no answer"],
        ),
        "unsubscribes": Journey(
            {"unsubscribes": True, "opens": True},
            _TWO_WEEKS[:3],
            [("notes", "Wed 3 10:30")],
            "opted_out",
            is_opted_out=True,
            calls=["no answer"],
        ),
    },
}
EVERYBODY = [(preset, name) for preset, leads in JOURNEYS.items() for name in leads]
