"""The consent page: GET shows who installs and what is asked, POST allows or denies."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from adapters.sandbox.hubspot.portal import Portal

PATH = "/oauth/authorize"

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Connect {{ name }} to HubSpot (sandbox)</title>
<link rel="icon" href="data:,">
<style>
 :root { color-scheme: light dark; --line: light-dark(#c6c8cf, #454852); --quiet: light-dark(#585c66, #a4a8b2) }
 body { font: 14px/1.45 system-ui, "Liberation Sans", sans-serif; max-width: 30rem; margin: 3rem auto;
        padding: 0 1rem; background: light-dark(#fff, #121316); color: light-dark(#1b1c20, #ecedf0) }
 h1 { font-size: 20px; font-weight: 600; margin: 0 0 4px }
 label { display: block; margin-bottom: 4px }
 ul { margin: 0 0 16px; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 6px }
 li { padding: 6px 12px }
 li + li { border-top: 1px solid var(--line) }
 code { font-size: 13px; overflow-wrap: anywhere }
 button, select { font: inherit; color: inherit; padding: 6px 12px; border: 1px solid var(--line);
                  border-radius: 6px; background: transparent; max-width: 100% }
 option { background: light-dark(#fff, #121316) }
 button { font-weight: 600; cursor: pointer }
 button[value=allow] { background: #5b3cc4; border-color: #5b3cc4; color: #fff }
 :focus-visible { outline: 2px solid light-dark(#7a5cf0, #b3a1ff); outline-offset: 2px }
 .quiet { color: var(--quiet); margin: 0 0 16px }
</style>
<main>
{% if problem %}
<h1>{{ name }} cannot be connected</h1>
<p>{{ problem }}</p>
{% else %}
<h1>Connect {{ name }} to HubSpot</h1>
<p class="quiet">Account {{ portal_id }} ({{ hub_domain }}), in a sandbox.</p>
<form method="post">
<p><label for="user">Sign in as</label>
<select name="user" id="user">
{% for one in users %}
<option value="{{ one.key }}"{% if one.key == user %} selected{% endif %}>
{{ one.first_name }} {{ one.last_name }} ({{ one.email }}){% if one.is_super_admin %}, super admin{% endif %}
</option>
{% endfor %}
</select></p>
<p>{{ name }} asks to:</p>
<ul>{% for scope in scopes %}<li><code>{{ scope }}</code></li>{% endfor %}</ul>
<p><button name="decision" value="allow">Connect app</button>
<button name="decision" value="deny">Cancel</button></p>
</form>
{% endif %}
</main></html>
"""


@dataclass(frozen=True)
class Request:
    """What an app asks for. `problem` says why it cannot be had; empty if it can."""

    redirect_uri: str
    scopes: list[str]
    state: str
    problem: str

    def back(self, **answer: str) -> BaseResponse:
        """The way back to the app with an answer."""
        query = {**answer, **({"state": self.state} if self.state else {})}
        joint = "&" if "?" in self.redirect_uri else "?"
        return redirect(f"{self.redirect_uri}{joint}{urlencode(query)}", code=302)


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""

    @routes.get(PATH)
    def show() -> Response:
        return _page(portal, _asked(portal))

    @routes.post(PATH)
    def decide() -> BaseResponse:
        asked = _asked(portal)
        if asked.problem:
            return _page(portal, asked)
        decision = request.form.get("decision")
        if decision == "deny":
            return asked.back(error="access_denied", error_description="The user denied the request")
        user = portal.user(request.form.get("user", request.args.get("user", "alice")))
        if decision != "allow" or user is None:
            return make_response("decision is allow or deny, user is a user of the portal", 400)
        return asked.back(code=portal.tokens.grant_code(user, asked.scopes, asked.redirect_uri))


def _asked(portal: Portal) -> Request:
    arguments = request.args
    scopes = arguments.get("scope", "").split()
    optional = arguments.get("optional_scope", "").split()
    redirect_uri = arguments.get("redirect_uri", "")
    problem = _problem(portal, arguments.get("client_id", ""), redirect_uri, scopes, optional)
    granted = list(dict.fromkeys(scopes + optional))
    return Request(redirect_uri, granted, arguments.get("state", ""), problem)


def _problem(
    portal: Portal, client_id: str, redirect_uri: str, scopes: list[str], optional: list[str]
) -> str:
    declared = portal.declaration
    if client_id != portal.credentials.client_id:
        return "There is no app with this client id."
    if redirect_uri not in declared.redirect_urls:
        return f"The redirect address {redirect_uri} is not one of the app's."
    missing = set(declared.required_scopes) - set(scopes)
    if missing:
        return f"The app requires scopes that were not asked for: {', '.join(sorted(missing))}."
    unknown = {*scopes, *optional} - {*declared.required_scopes, *declared.optional_scopes}
    if unknown:
        return f"The app asks for scopes that it does not declare: {', '.join(sorted(unknown))}."
    return ""


def _page(portal: Portal, asked: Request) -> Response:
    page = render_template_string(
        _PAGE,
        name=portal.declaration.name,
        problem=asked.problem,
        portal_id=portal.credentials.portal_id,
        hub_domain=portal.credentials.hub_domain,
        users=portal.credentials.users,
        user=request.args.get("user", "alice"),
        scopes=asked.scopes,
    )
    return make_response(page, 400 if asked.problem else 200)
