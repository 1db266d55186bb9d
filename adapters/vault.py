"""Encryption at rest: Fernet with rotation, the owner bound inside the ciphertext."""

from __future__ import annotations

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class FernetVault:
    """Encrypts with the newest key, decrypts with any.

    Fernet has no associated data, so the owner travels inside: a ciphertext moved to another row
    does not open there.
    """

    def __init__(self, keys: str) -> None:
        """`keys`: Fernet keys, newest first, comma between. Raises ValueError for a bad one."""
        names = [key.strip() for key in keys.split(",") if key.strip()]
        if not names:
            raise ValueError("SIXTHTOUCH_KEYS is empty: give at least one Fernet key")
        self._fernet = MultiFernet([Fernet(name) for name in names])

    def seal(self, owner: str, plain: str) -> str:
        """Encrypt `plain` bound to `owner`."""
        return self._fernet.encrypt(json.dumps([owner, plain]).encode()).decode()

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is gone or the owner is another."""
        try:
            bound, plain = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise ValueError("none of SIXTHTOUCH_KEYS opens this secret") from error
        if bound != owner:
            raise ValueError(f"this secret belongs to {bound}, not to {owner}")
        return str(plain)
