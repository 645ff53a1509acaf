"""Sentry's envelopes: https://develop.sentry.dev/sdk/foundations/transport/envelopes/.

A header as a line of JSON, then items: a header each, and a payload of the length that it says or up to the line's end.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]
MOST_COMPRESSED: Final = 200 * 1024
"""Bytes of an event as it is sent."""
MOST_BYTES: Final = 1 << 20
"""Bytes of an event when it is unpacked."""
_MOST_ITEMS: Final = 100
_WINDOWS: Final[Mapping[str, int]] = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class EnvelopeError(Exception):
    """`status`: what its sender is answered."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Item:
    header: Json
    payload: bytes


@dataclass(frozen=True)
class Envelope:
    header: Json
    items: tuple[Item, ...]


def unpacked(content: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding. Raises `EnvelopeError`: 413 for one that is too large, packed or not."""
    if len(content) > MOST_COMPRESSED and encoding:
        raise EnvelopeError("envelope exceeded size limits", 413)
    if encoding in {"", "identity"}:
        plain = content
    elif encoding in _WINDOWS:
        inflater = zlib.decompressobj(_WINDOWS[encoding])
        try:
            # One byte more than allowed is enough to know; a bomb is never unpacked whole.
            plain = inflater.decompress(content, MOST_BYTES + 1)
        except zlib.error as error:
            raise EnvelopeError("failed to decode the request's body") from error
        if len(plain) <= MOST_BYTES and not inflater.eof:
            raise EnvelopeError("failed to decode the request's body: it ends too early")
    else:
        raise EnvelopeError(f"content encoding {encoding!r} is not supported", 415)
    if len(plain) > MOST_BYTES:
        raise EnvelopeError("envelope exceeded size limits", 413)
    return plain


def parse(content: bytes) -> Envelope:
    """Raises `EnvelopeError`."""
    first, _, rest = content.partition(b"\n")
    header = _object(first, "header")
    items = tuple(_items(rest))
    if len(items) > _MOST_ITEMS:
        raise EnvelopeError("too many items")
    return Envelope(header, items)


def _items(rest: bytes) -> Iterator[Item]:
    while rest:
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            # Envelopes may end in empty lines.
            continue
        header = _object(line, "item's header")
        length = header.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        elif (
            not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= len(rest)
        ):
            raise EnvelopeError("invalid item: its length is not that of its payload")
        else:
            payload, rest = rest[:length], rest[length:]
            if rest and not rest.startswith(b"\n"):
                raise EnvelopeError("invalid item: a line's end is missing after its payload")
            rest = rest[1:]
        yield Item(header, payload)


def _object(line: bytes, what: str) -> Json:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError(f"invalid {what}: no JSON") from error
    if not isinstance(value, dict):
        raise EnvelopeError(f"invalid {what}: no object")
    return value  # pyright: ignore[reportUnknownVariableType]
