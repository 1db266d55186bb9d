"""Doors for machines and strangers: providers, calls, OAuth, unsubscribing, health."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from connector.web.doors import health, oauth, unsubscribe, voice, webhooks


def register(app: Flask, csrf: CSRFProtect) -> None:
    """All doors. Who knocks at one of them holds a signature or a token, no session to be abused."""
    for door in (webhooks, voice, unsubscribe, oauth, health):
        app.register_blueprint(door.door)
        csrf.exempt(door.door)
