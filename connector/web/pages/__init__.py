"""The pages people look at, one blueprint a noun."""

from __future__ import annotations

from flask import Flask

from connector.web.pages import (
    caps,
    connection,
    contacts,
    enrollments,
    install,
    listed,
    owners,
    people,
    sequences,
    settings,
    strangers,
    today,
)


def register(app: Flask) -> None:
    """All pages, at their addresses."""
    for page in (
        install,
        today,
        listed,
        strangers,
        enrollments,
        contacts,
        sequences,
        settings,
        caps,
        people,
        owners,
        connection,
    ):
        app.register_blueprint(page.pages)
