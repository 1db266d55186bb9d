"""A file that only who has its passphrase, or its key, can read."""

from __future__ import annotations

import base64
import json
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_FORMAT = "sixthtouch-sealed-1"
#: Memory of 128 MB a guess (RFC 7914, 2: 128 · N · r bytes).
_COST, _BLOCK, _PARALLEL = 2**17, 8, 1
_SALT_BYTES = 16


class NotOpenedError(Exception):
    """The file is none of ours, was changed, or the passphrase or key is another."""


def seal_file(content: bytes, *, passphrase: str = "", key: str = "") -> bytes:
    """A first line that says how it is sealed, then the sealed content. Give either secret.

    Raises ValueError for a key that is no Fernet key, or when neither or both are given.
    """
    if bool(passphrase) == bool(key):
        raise ValueError("give a passphrase or a key")
    head: dict[str, object] = {"format": _FORMAT}
    if passphrase:
        salt = secrets.token_bytes(_SALT_BYTES)
        key = _derive(passphrase, salt, _COST)
        head |= {"kdf": "scrypt", "n": _COST, "salt": base64.b64encode(salt).decode()}
    return json.dumps(head).encode() + b"\n" + Fernet(key).encrypt(content) + b"\n"


def open_file(sealed: bytes, *, passphrase: str = "", key: str = "") -> bytes:
    """The content. Raises NotOpenedError."""
    first, _, token = sealed.partition(b"\n")
    try:
        head = json.loads(first)
        if head["format"] != _FORMAT:
            raise NotOpenedError(f"the file is not of the format {_FORMAT}")
        if head.get("kdf"):
            if not passphrase:
                raise NotOpenedError("the file was sealed with a passphrase: give it")
            if head["n"] != _COST:
                raise NotOpenedError(f"the file asks for a cost of {head['n']}, which is not ours")
            key = _derive(passphrase, base64.b64decode(head["salt"]), _COST)
        elif not key:
            raise NotOpenedError("the file was sealed with a key: give it")
        return Fernet(key).decrypt(token.strip())
    except (ValueError, TypeError, KeyError) as error:
        raise NotOpenedError("the file is no export of ours, or the key is no key") from error
    except InvalidToken as error:
        raise NotOpenedError("the passphrase or key is another, or the file was changed") from error


def _derive(passphrase: str, salt: bytes, cost: int) -> str:
    derived = Scrypt(salt=salt, length=32, n=cost, r=_BLOCK, p=_PARALLEL).derive(passphrase.encode())
    return base64.urlsafe_b64encode(derived).decode()
