"""Headers that every answer carries: a strict content policy and its companions."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from connector.use_cases.world import World

_YEAR = 365 * 24 * 3600


def content_policy(world: World) -> str:
    """Everything from our own origin and nothing else; forms may lead on to a CRM's consent page."""
    targets = " ".join(["'self'", *_consent_origins(world)])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            f"form-action {targets}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _consent_origins(world: World) -> list[str]:
    origins = set()
    for crm, door in world.outside.crm_doors.items():
        redirect_uri = f"{world.settings.public_base}/oauth/{crm}/callback"
        parts = urlsplit(door.authorize_url("state", redirect_uri))
        origins.add(f"{parts.scheme}://{parts.netloc}")
    return sorted(origins)


def add_headers(app: Flask, world: World) -> None:
    """Set them after every request, errors and static files too."""
    fixed = {
        "Content-Security-Policy": content_policy(world),
        "X-Content-Type-Options": "nosniff",
        # Flask-WTF compares the referrer on https, so our own pages must send it to us.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if world.settings.public_base.startswith("https://"):
        fixed["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"

    @app.after_request
    def _set(response: Response) -> Response:
        response.headers.update(fixed)
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
