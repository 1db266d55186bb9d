"""The fields of a form of caps, read with every mistake beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.caps import MOST_A_WEEK, MOST_BURSTS_A_DAY
from connector.web.words.caps import CAPS

_SMALLEST = {"bursts_per_day": 1, "texts_per_week": 0, "emails_per_week": 0}
_LARGEST = {
    "bursts_per_day": MOST_BURSTS_A_DAY,
    "texts_per_week": MOST_A_WEEK,
    "emails_per_week": MOST_A_WEEK,
}
_HELP = {
    "bursts_per_day": f"On all channels; what follows within 10 minutes is the same attempt. The law of several states ends at {MOST_BURSTS_A_DAY}.",
    "texts_per_week": "Any 7 days in a row. With 0 no text goes at all.",
    "emails_per_week": "Any 7 days in a row. With 0 no mail goes at all.",
}


@dataclass(frozen=True, slots=True)
class CapsField:
    """One number of the form, as it was given."""

    name: str
    label: str
    value: str
    smallest: int
    largest: int
    help: str
    is_optional: bool
    trouble: str = ""


def fields_of(numbers: Mapping[str, int], *, is_optional: bool) -> list[CapsField]:
    """The fields with what is set."""
    return blank_or_number({name: str(number) for name, number in numbers.items()}, is_optional=is_optional)


def blank_or_number(form: Mapping[str, str], *, is_optional: bool) -> list[CapsField]:
    """The fields as somebody filled them in; an empty one is a mistake unless it `is_optional`."""
    return [_field(name, form.get(name, "").strip()[:20], is_optional) for name in CAPS]


def _field(name: str, value: str, is_optional: bool) -> CapsField:
    smallest, largest = _SMALLEST[name], _LARGEST[name]
    is_number = value.isascii() and value.isdigit() and len(value) < 4
    is_fine = (is_optional and not value) or (is_number and smallest <= int(value) <= largest)
    trouble = "" if is_fine else f"Give a whole number from {smallest} to {largest}."
    if not is_fine and is_optional:
        trouble += " Or leave it empty."
    label, _ = CAPS[name]
    return CapsField(name, label, value, smallest, largest, _HELP[name], is_optional, trouble)
