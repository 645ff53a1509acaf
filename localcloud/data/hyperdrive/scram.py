"""How a client proves that it knows a password without sending it: SCRAM-SHA-256, and the older MD5."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

MECHANISM: Final = "SCRAM-SHA-256"
_HEADER: Final = "n,,"
_MOST_ROUNDS: Final = 1_000_000


class ScramError(Exception):
    """The server does not know the password either, or does not speak SCRAM."""


class Scram:
    """One exchange: `first`, then `final` with the server's first answer, then `verify` with its last."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(18)
        # Postgres takes the user's name from the start of the session and ignores this one.
        self._bare = f"n=,r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        return (_HEADER + self._bare).encode()

    def final(self, challenge: bytes) -> bytes:
        """Raises `ScramError`."""
        told = _fields(challenge)
        try:
            nonce, salt, rounds = told["r"], base64.b64decode(told["s"]), int(told["i"])
        except (KeyError, ValueError, binascii.Error) as error:
            raise ScramError("the server's challenge is not SCRAM") from error
        if not nonce.startswith(self._nonce) or not 1 <= rounds <= _MOST_ROUNDS:
            raise ScramError("the server's challenge answers another client")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        key = _mac(salted, b"Client Key")
        stored = hashlib.sha256(key).digest()
        unproved = f"c={base64.b64encode(_HEADER.encode()).decode()},r={nonce}"
        exchanged = f"{self._bare},{challenge.decode()},{unproved}".encode()
        proof = bytes(a ^ b for a, b in zip(key, _mac(stored, exchanged), strict=True))
        self._signature = _mac(_mac(salted, b"Server Key"), exchanged)
        return f"{unproved},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, answer: bytes) -> None:
        """Raises `ScramError` when the server cannot prove that it knows the password."""
        try:
            proved = base64.b64decode(_fields(answer)["v"])
        except (KeyError, ValueError, binascii.Error) as error:
            raise ScramError("the server did not prove itself") from error
        if not hmac.compare_digest(proved, self._signature):
            raise ScramError("the server does not know the password")


def md5(user: str, password: str, salt: bytes) -> bytes:
    inner = hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _fields(message: bytes) -> dict[str, str]:
    try:
        parts = message.decode("ascii").split(",")
    except UnicodeDecodeError as error:
        raise ScramError("the server's answer is not SCRAM") from error
    return {part[:1]: part[2:] for part in parts}
