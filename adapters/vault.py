"""Encryption at rest: Fernet with rotation, the owner bound inside the ciphertext."""

from __future__ import annotations

import json

from cryptography.fernet import Fernet, InvalidToken

#: Between the ciphertexts of one secret: no Fernet token holds it.
_BETWEEN = " "


class FernetVault:
    """Encrypts with every key of the list, decrypts with any.

    While a key is being replaced the list has two, and a secret is sealed for both: a process that was
    started with the old key alone goes on reading it until it is restarted. With one key it is one token.

    Fernet has no associated data, so the owner travels inside: a ciphertext moved to another row
    does not open there.
    """

    def __init__(self, keys: str) -> None:
        """`keys`: Fernet keys, newest first, comma between. Raises ValueError for a bad one."""
        names = [key.strip() for key in keys.split(",") if key.strip()]
        if not names:
            raise ValueError("SIXTHTOUCH_KEYS is empty: give at least one Fernet key")
        self._fernets = [Fernet(name) for name in names]

    def seal(self, owner: str, plain: str) -> str:
        """Encrypt `plain` bound to `owner`."""
        return self._seal(json.dumps([owner, plain]).encode())

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is gone or the owner is another."""
        bound, plain = json.loads(self._open(sealed))
        if bound != owner:
            raise ValueError(f"this secret belongs to {bound}, not to {owner}")
        return str(plain)

    def reseal(self, sealed: str) -> str:
        """The same secret sealed for the keys of today; `sealed` itself when it is. Raises ValueError."""
        content = self._open(sealed)
        parts = sealed.split(_BETWEEN)
        is_of_today = len(parts) == len(self._fernets) and all(
            _decrypt(fernet, part) is not None for fernet, part in zip(self._fernets, parts, strict=True)
        )
        return sealed if is_of_today else self._seal(content)

    def _seal(self, content: bytes) -> str:
        return _BETWEEN.join(fernet.encrypt(content).decode() for fernet in self._fernets)

    def _open(self, sealed: str) -> bytes:
        for fernet in self._fernets:
            for part in sealed.split(_BETWEEN):
                if (content := _decrypt(fernet, part)) is not None:
                    return content
        raise ValueError("none of SIXTHTOUCH_KEYS opens this secret")


def _decrypt(fernet: Fernet, token: str) -> bytes | None:
    try:
        return fernet.decrypt(token.encode())
    except InvalidToken:
        return None
