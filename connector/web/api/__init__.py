"""The documented JSON API (OpenAPI 3.0.3): enrolling, and what CRM workflows call."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_wtf import CSRFProtect

from connector.web.api import actions, document, enrollments
from connector.web.api.schemas import ErrorSchema


class DocumentedApi(Api):
    """flask-smorest's Api with the project's own error body."""

    ERROR_SCHEMA = ErrorSchema


def register(app: Flask, csrf: CSRFProtect) -> None:
    """The API at its addresses, and the document that describes it."""
    app.config.update(
        API_TITLE="Sixth Touch",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=None,
    )
    api = DocumentedApi(app, spec_kwargs=document.SPEC)
    for part in (enrollments, actions):
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint)
    document.serve(app, api)
