"""What a text is the encoding of: base64, hexadecimal, percent signs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_DATA: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*?(;base64)?,", re.IGNORECASE)
_TEXTUAL: Final = ("text/", "application/json", "application/x-")


def decoded_bytes(text: str) -> bytes | None:
    """What base64 of either alphabet, with or without padding, holds."""
    compact = "".join(text.split())
    if _BASE64.fullmatch(compact) is None:
        return None
    padded = compact.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4))
    except (binascii.Error, ValueError):
        return None


def decoded_text(text: str) -> str | None:
    """The text that a text encodes, where it is readable."""
    text = text.strip()
    if _HEX.fullmatch(text):
        return _readable(bytes.fromhex(text))
    raw = decoded_bytes(text)
    if raw is not None and (told := _readable(raw)) is not None:
        return told
    if "%" in text and (plain := unquote(text)) != text:
        return plain
    return None


def data_text(text: str) -> str | None:
    """What a `data:` address holds; empty for images and the like; None where it is no such address."""
    match = _DATA.match(text)
    if match is None:
        return None
    if match[1] and not match[1].lower().startswith(_TEXTUAL):
        return ""
    body = text[match.end() :]
    return (decoded_text(body) or "") if match[2] else unquote(body)


def _readable(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    plain = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return text if text and plain == len(text) and text.isascii() else None
