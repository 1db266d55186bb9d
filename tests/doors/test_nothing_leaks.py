"""After the real flows no secret is in a log, in the database or in Redis."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import requests
from redis import Redis
from sqlalchemy import inspect, text

from adapters.sendgrid import inbound_address
from adapters.vault import FernetVault
from connector.settings import Settings
from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.doors.doors import Doors, Knock

#: Recognisable guesses of strangers.
_WRONG_KEY = "st_recognisable_wrong_key_0123456789abcdef"
_WRONG_LINK = "recognisable-wrong-link-0123456789abcdef"
#: The sandbox is the vendors, and what it records is the test's own.
_NOT_OURS = ("sandbox.", "exchanges.jsonl")


def _files(doors: Doors) -> Iterator[tuple[str, bytes]]:
    """Every file of the run but the folder of the keys themselves: logs, the database and its log."""
    for path in doors.stage.folder.rglob("*"):
        if path.is_file() and path.parent.name != "keys" and not path.name.startswith(_NOT_OURS):
            yield path.name, path.read_bytes()


def _tables(doors: Doors) -> Iterator[tuple[str, bytes]]:
    """Every row, whichever database it is."""
    with doors.engine.connect() as connection:
        for name in inspect(doors.engine).get_table_names():
            rows = connection.execute(text(f'select * from "{name}"')).all()
            yield name, "\n".join(map(str, rows)).encode()


def _redis(doors: Doors) -> Iterator[tuple[str, bytes]]:
    """Every value; a job's own is compressed."""
    with Redis.from_url(doors.stage.env["REDIS_URL"]) as redis:
        for key in redis.keys("*"):
            yield key.decode(), key + redis.dump(key)
            if redis.type(key) == b"hash":
                for value in redis.hgetall(key).values():
                    yield key.decode(), _inflated(value)


def _inflated(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def _dance(doors: Doors) -> tuple[requests.Session, dict[str, str]]:
    """Sign in as Alice step by step; the browser, and what went through its address line."""
    app, browser = doors.stage.app, requests.Session()
    consent = browser.get(f"{app}/oauth/hubspot/start", params={"user": "alice"}, timeout=10)
    back = browser.post(
        consent.url, data={"decision": "allow", "user": "alice"}, timeout=10, allow_redirects=False
    ).headers["Location"]
    browser.get(back, timeout=10).raise_for_status()
    said = parse_qs(urlsplit(back).query)
    return browser, {"code": said["code"][0], "state": said["state"][0]}


def _invitation(doors: Doors, browser: requests.Session) -> str:
    address = f"{doors.stage.app}/settings/people"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address, timeout=10).text)
    assert token is not None
    form = {"csrf_token": token[1], "email": "sam@harbor.example"}
    link = re.search(r"/join/([\w-]+)", browser.post(address, data=form, timeout=10).text)
    assert link is not None
    requests.get(f"{doors.stage.app}/join/{link[1]}", timeout=10).raise_for_status()
    return link[1]


def _refusals(doors: Doors, path: str) -> None:
    """Ask in every way that an address can be refused: the wrong method, unsigned, malformed, too large."""
    big = Knock(path, b"x" * (1024 * 1024 + 1), {"Content-Type": "text/plain"})
    for knock in (
        doors.twilio({"Body": "x"}, path),
        doors.mail(b"no mail", path=path),
        Knock(path, b"{"),
        big,
    ):
        try:
            doors.knock(knock)
        except requests.ConnectionError:
            assert knock is big  # It is answered before all of it has come.
    for method in ("GET", "PUT", "DELETE"):
        requests.request(method, f"{doors.stage.app}{path}?again={path.rsplit('/', 1)[1]}", timeout=10)


def _secrets(doors: Doors) -> dict[str, str]:
    """Everything secret that the flows used, by what it is."""
    env, keys = doors.given["env"], doors.stage.folder / "keys"
    kept = {path.name: path.read_text(encoding="utf-8").strip() for path in keys.iterdir()}
    (sealed,) = doors.column("select sealed_tokens from installation")
    access, refresh = json.loads(FernetVault(kept["sixthtouch_keys"]).open("installation:1", sealed))
    browser, passed = _dance(doors)
    settings = Settings(secret_key=kept["secret_key"], public_url=doors.stage.app)
    link = unsubscribe_url(settings, doors.touch_id).rsplit("/", 1)[1]
    for token in (link, _WRONG_LINK):
        _refusals(doors, f"/u/{token}")
    inbound = inbound_address(settings).rsplit("/", 1)[1]
    _refusals(doors, f"/webhooks/sendgrid/inbound/{inbound}")
    for almost in (
        "/webhook/sendgrid/inbound/",
        "/webhooks/twilio/",
        "/webhooks/",
        "/voice/twilio/",
        "/api/",
        "/",
    ):
        _refusals(doors, almost + inbound)
    for key in (doors.key, _WRONG_KEY):
        doors.knock(doors.api(doors.enrollment(), key))
    return {
        "access token": access,
        "refresh token": refresh,
        "API key": doors.key,
        "wrong API key": _WRONG_KEY,
        "unsubscribe link": link,
        "wrong link": _WRONG_LINK,
        "address for mails": inbound,
        "invitation": _invitation(doors, browser),
        "session": next(iter(browser.cookies)).value or "",
        **{f"OAuth {name}": value for name, value in passed.items()},
        **kept,
        **{name: env[name] for name in ("HUBSPOT_CLIENT_SECRET", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY")},
    }


def test_no_secret_is_in_a_log_the_database_or_redis(doors: Doors) -> None:
    secrets = _secrets(doors)
    assert all(len(secret) >= 12 for secret in secrets.values())
    record = doors.lead(phone="+12125550191", email="leaks@example.com")
    doors.stage.do("run_workflow", id=record, sequence="high-intent")
    doors.stage.settle()
    with Redis.from_url(doors.stage.env["REDIS_URL"]) as redis:
        redis.hset("control", "data", zlib.compress(b"the search sees into jobs"))
        everywhere = [*_files(doors), *_tables(doors), *_redis(doors)]
        redis.delete("control")
    whole = b"\n".join(content for _, content in everywhere)
    # The search finds what is there.
    for there in (b"leaks@example.com", b"request.done", b"the search sees into jobs"):
        assert there in whole
    found = {
        (what, where)
        for where, content in everywhere
        for what, secret in secrets.items()
        if secret.encode() in content
    }
    assert found == set()
