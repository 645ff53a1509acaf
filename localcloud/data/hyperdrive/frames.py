"""Messages of Postgres' protocol 3: cut out of a stream of bytes, and put together.

A frame is a whole message as it is sent: one byte that says its kind, four that count the rest with themselves, and its
body. The first message of a client alone has no kind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

HEADER: Final = 5
_LARGEST: Final = 1 << 30
_LENGTH: Final = struct.Struct("!i")
_WORD: Final = struct.Struct("!h")

PROTOCOL_3_0: Final = 196608
CANCEL: Final = 80877102
TLS: Final = 80877103
GSS: Final = 80877104


class WireError(Exception):
    """What came is not Postgres' protocol."""


class FrameBuffer:
    """Bytes in, in pieces of any size; frames out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes)

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def take_byte(self) -> bytes | None:
        """The one byte by which a server answers a request for TLS."""
        return self._cut(1) if self._bytes else None

    def take_first(self) -> bytes | None:
        """The body of a client's first message, or None until it is whole. Raises `WireError`."""
        length = self._length(0)
        if length is None or len(self._bytes) < length:
            return None
        return self._cut(length)[4:]

    def take(self) -> bytes | None:
        """The next frame, or None until it is whole. Raises `WireError`."""
        length = self._length(1)
        if length is None or len(self._bytes) < length + 1:
            return None
        return self._cut(length + 1)

    def take_all(self) -> list[bytes] | None:
        """Every frame that is whole, or None. Raises `WireError`."""
        found: list[bytes] = []
        start, available = 0, len(self._bytes)
        while available - start >= HEADER:
            length = _checked(_LENGTH.unpack_from(self._bytes, start + 1)[0])
            if available - start < length + 1:
                break
            found.append(bytes(self._bytes[start : start + length + 1]))
            start += length + 1
        del self._bytes[:start]
        return found or None

    def _length(self, at: int) -> int | None:
        if len(self._bytes) < at + 4:
            return None
        return _checked(_LENGTH.unpack_from(self._bytes, at)[0])

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._bytes[:size])
        del self._bytes[:size]
        return cut


def _checked(length: int) -> int:
    if not 4 <= length <= _LARGEST:
        raise WireError(f"a message of {length} bytes")
    return length


def frame(kind: bytes, body: bytes = b"") -> bytes:
    return kind + _LENGTH.pack(len(body) + 4) + body


def first(code: int, body: bytes = b"") -> bytes:
    """A message without a kind: `code` is the protocol's version, or what is asked for instead of a session."""
    return _LENGTH.pack(len(body) + 8) + _LENGTH.pack(code) + body


def startup(parameters: Mapping[str, str]) -> bytes:
    pairs = b"".join(f"{key}\0{value}\0".encode() for key, value in parameters.items())
    return first(PROTOCOL_3_0, pairs + b"\0")


def cancel(key: bytes) -> bytes:
    """`key`: the body of the message in which the server told it."""
    return first(CANCEL, key)


def code_of(body: bytes) -> int:
    """Of a first message's body. Raises `WireError`."""
    if len(body) < 4:
        raise WireError("a first message without a code")
    return int(_LENGTH.unpack_from(body)[0])


def query(sql: str) -> bytes:
    return frame(b"Q", sql.encode() + b"\0")


def parse(name: bytes, rest: bytes) -> bytes:
    """`rest`: the statement's text and the types of its parameters, as a client sent them."""
    return frame(b"P", name + b"\0" + rest)


def text(body: bytes, start: int = 0) -> tuple[bytes, int]:
    """A string and where the next field begins. Raises `WireError` when it does not end."""
    end = body.find(b"\0", start)
    if end < 0:
        raise WireError("a string without an end")
    return body[start:end], end + 1


def error(code: str, message: str, severity: str = "ERROR") -> bytes:
    fields = {"S": severity, "V": severity, "C": code, "M": message}
    return frame(b"E", b"".join(f"{k}{v}\0".encode() for k, v in fields.items()) + b"\0")


def error_fields(message: bytes) -> dict[str, str]:
    """By their letters: C the code, M the text, … of a frame of kind E or N."""
    return {
        part[:1].decode("ascii", "replace"): part[1:].decode("utf-8", "replace")
        for part in message[HEADER:].split(b"\0")
        if part
    }


def parameter(body: bytes) -> tuple[str, str]:
    name, at = text(body)
    value, _ = text(body, at)
    return name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def columns(message: bytes) -> Iterator[bytes | None]:
    """The values of a row: a frame of kind D."""
    (count,) = _WORD.unpack_from(message, HEADER)
    at = HEADER + 2
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(message, at)
        at += 4
        if length < 0:
            yield None
            continue
        yield message[at : at + length]
        at += length
