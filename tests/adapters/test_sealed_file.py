"""A sealed file is read by who has its secret, and by nobody else."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet

from adapters.sealed_file import NotOpenedError, open_file, seal_file

_CONTENT = b'{"address": "dana@example.com"}'


def test_what_a_passphrase_sealed_it_opens() -> None:
    sealed = seal_file(_CONTENT, passphrase="a passphrase")
    assert b"dana" not in sealed
    assert open_file(sealed, passphrase="a passphrase") == _CONTENT
    assert seal_file(_CONTENT, passphrase="a passphrase") != sealed


def test_what_a_key_sealed_it_opens() -> None:
    key = Fernet.generate_key().decode()
    assert open_file(seal_file(_CONTENT, key=key), key=key) == _CONTENT


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda sealed: sealed[:-10] + b"AAAAAAAA=\n", "another, or the file was changed"),
        (lambda _: b"nonsense", "no export of ours"),
        (lambda _: b'{"format": "else"}\nx', "not of the format"),
        (lambda _: b"[]\nx", "no export of ours"),
        (lambda sealed: sealed.replace(b"131072", b"999999999999"), "a cost of 999999999999"),
    ],
)
def test_what_was_changed_is_refused_with_a_reason(change: object, told: str) -> None:
    sealed = seal_file(_CONTENT, passphrase="right")
    assert callable(change)
    with pytest.raises(NotOpenedError, match=told):
        open_file(change(sealed), passphrase="right")


def test_another_secret_is_refused_with_a_reason() -> None:
    by_words, key = seal_file(_CONTENT, passphrase="right"), Fernet.generate_key().decode()
    by_key = seal_file(_CONTENT, key=key)
    for sealed, secret, told in (
        (by_words, {"passphrase": "wrong"}, "is another"),
        (by_words, {"key": key}, "with a passphrase"),
        (by_key, {"key": Fernet.generate_key().decode()}, "is another"),
        (by_key, {"passphrase": "right"}, "with a key"),
        (by_key, {"key": "no key"}, "no key"),
    ):
        with pytest.raises(NotOpenedError, match=told):
            open_file(sealed, **secret)


def test_without_a_secret_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="passphrase or a key"):
        seal_file(_CONTENT)
    with pytest.raises(ValueError, match="Fernet key"):
        seal_file(_CONTENT, key="no key")


def test_the_first_line_says_how_it_is_sealed_and_no_secret() -> None:
    head = json.loads(seal_file(_CONTENT, passphrase="right").splitlines()[0])
    assert (head["format"], head["kdf"], head["n"]) == ("sixthtouch-sealed-1", "scrypt", 2**17)
