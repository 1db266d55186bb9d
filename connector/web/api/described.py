"""Writes an operation's error answers into the document, all of one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask_smorest import Blueprint

from connector.web.api.schemas import ErrorSchema

View = TypeVar("View", bound=Callable[..., Any])


def answers_errors(blueprint: Blueprint, errors: Mapping[int, str]) -> Callable[[View], View]:
    """Say of a view with which statuses it refuses, and why."""

    def describe(view: View) -> View:
        for status, description in errors.items():
            view = blueprint.alt_response(status, schema=ErrorSchema, description=description)(view)
        return view

    return describe
