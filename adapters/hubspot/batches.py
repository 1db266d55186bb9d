"""Reads the answers to batch calls: which input became which record, and which was refused.

With a trace id in every input HubSpot executes what it can and answers 207 with the errors of
the rest; without them it is all or nothing. https://github.com/HubSpot/hubspot-api-python/issues/51
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from adapters.hubspot.errors import CallKind, no_answer, record_error
from connector.ports import Fault, OutsideError, RefusedError, Written

#: Inputs of one batch of records, and of one batch read of associations, that HubSpot takes.
BATCH_SIZE = 100
ASSOCIATION_BATCH_SIZE = 1000

#: HubSpot's word for a property that was renamed or deleted: no smaller batch would fare better.
_ABOUT_ALL = "PROPERTY_DOESNT_EXIST"

Item = TypeVar("Item")


def is_about_all(error: OutsideError) -> bool:
    """Whether a refusal is about every record alike."""
    return _ABOUT_ALL in error.sentence


def in_batches(items: Sequence[Item], size: int = BATCH_SIZE) -> Iterator[Sequence[Item]]:
    """The items in runs of `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def results_of(answer: Mapping[str, Any], kind: CallKind = CallKind.REPEATABLE) -> list[dict[str, Any]]:
    """The records of an answer. One without a list of them is no answer, not an empty one."""
    found = answer.get("results")
    if not isinstance(found, list):
        raise no_answer(kind)
    return [item for item in found if isinstance(item, dict)]


def found_in(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of a batch read. That some are gone is no error; anything else is raised."""
    named, nameless = errors_of(answer)
    for error in (*named.values(), *nameless):
        if not (isinstance(error, RefusedError) and error.fault is Fault.GONE):
            raise error
    return results_of(answer)


def _named_in(error: Mapping[str, Any]) -> list[str]:
    """Trace ids and record ids that an error is about, wherever HubSpot put them."""
    found: list[str] = []
    details = error.get("errors")
    for part in [error, *(details if isinstance(details, list) else [])]:
        context = part.get("context") if isinstance(part, dict) else None
        if isinstance(context, dict):
            for name in ("objectWriteTraceId", "ids", "id"):
                value = context.get(name)
                found += [str(v) for v in value] if isinstance(value, list) else [str(value)] if value else []
    return found


def errors_of(answer: Mapping[str, Any]) -> tuple[dict[str, OutsideError], list[OutsideError]]:
    """The errors by the trace or record id they name, and those that name none."""
    named: dict[str, OutsideError] = {}
    nameless: list[OutsideError] = []
    items = answer.get("errors")
    for item in items if isinstance(items, list) else []:
        error = record_error(item)
        names = _named_in(item)
        named.update(dict.fromkeys(names, error))
        if not names:
            nameless.append(error)
    return named, nameless


def settle(
    inputs: Sequence[Item],
    key_of: Callable[[Item], str],
    ids: Mapping[str, str],
    answer: Mapping[str, Any],
    silence: OutsideError,
) -> list[Written]:
    """A result for each input: its record in `ids`, its error, or `silence` when neither is known.

    Errors that name nobody are given to the inputs left over when there are as many of them.
    """
    named, nameless = errors_of(answer)
    open_keys = [key_of(item) for item in inputs if key_of(item) not in ids and key_of(item) not in named]
    if len(nameless) == len(open_keys):
        named.update(zip(open_keys, nameless, strict=True))
    return [
        Written(key=key, crm_id=ids[key]) if key in ids else Written(key=key, error=named.get(key, silence))
        for key in (key_of(item) for item in inputs)
    ]


def split_on_refusal(
    inputs: Sequence[Item],
    key_of: Callable[[Item], str],
    send: Callable[[Sequence[Item]], list[Written]],
) -> list[Written]:
    """Send a batch; when HubSpot refuses all of it for one's sake, find that one by halves.

    Raises what `send` raises but for a refusal, which is certain not to have been executed.
    """
    try:
        return send(inputs)
    except RefusedError as error:
        if len(inputs) == 1 or is_about_all(error):
            return [Written(key=key_of(item), error=error) for item in inputs]
    middle = len(inputs) // 2
    found: list[Written] = []
    for half in (inputs[:middle], inputs[middle:]):
        try:
            found += split_on_refusal(half, key_of, send)
        except OutsideError as error:
            found += [Written(key=key_of(item), error=error) for item in half]
    return found
