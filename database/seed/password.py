"""Passwords of made-up people, hashed as the application hashes them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

DEMO_PASSWORD: Final = "popcorn for everyone"  # noqa: S105 (no secret: it is printed, and opens a database of made-up people alone)
_LOG_N: Final = 15
_R: Final = 8
_P: Final = 3
_BYTES: Final = 32
_MEMORY: Final = 256 * _R * (1 << _LOG_N)
_SALT_BYTES: Final = 16


def scrypt_phc(password: str, salt: bytes) -> str:
    """A PHC string, `$scrypt$ln=…,r=…,p=…$salt$hash`: what the application's Worker writes down of a password."""
    digest = hashlib.scrypt(
        password.encode(), salt=salt, n=1 << _LOG_N, r=_R, p=_P, maxmem=_MEMORY, dklen=_BYTES
    )
    return f"$scrypt$ln={_LOG_N},r={_R},p={_P}${_base64(salt)}${_base64(digest)}"


def demo_hash() -> str:
    """Of the one password that all made-up people on this machine share: the same each time."""
    return scrypt_phc(DEMO_PASSWORD, hashlib.sha256(b"pitchey demo").digest()[:_SALT_BYTES])


def unknown_hash() -> str:
    """Of a password that nobody knows: with it nobody gets in."""
    return scrypt_phc(secrets.token_urlsafe(32), secrets.token_bytes(_SALT_BYTES))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")
