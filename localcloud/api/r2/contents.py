"""What objects hold, in chunks of one mebibyte: written as it comes in and read as it goes out, never whole in memory.

A content belongs to nobody until an object or a part of an upload names it. What an interrupted upload left behind is
dropped when the state is next opened.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import sqlite3
import weakref
import zlib
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from localcloud.api.ids import hex_id
from localcloud.api.r2 import errors
from localcloud.api.store import Store

CHUNK: Final = 1 << 20
MAX_UPLOAD_BYTES: Final = 5_363_466_240
"""What one put or one part may hold: 5 GiB less 5 MiB."""
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS r2_chunks (
    content  TEXT NOT NULL,
    position INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (content, position)
);
"""


@dataclass(frozen=True)
class Piece:
    """A content by its name and its size in bytes; an object is a sequence of them."""

    content: str
    size: int


@dataclass(frozen=True)
class Received:
    """A piece with its MD5 and whatever other digests were asked for, all in hex."""

    piece: Piece
    digests: Mapping[str, str]

    @property
    def md5(self) -> str:
        return self.digests["md5"]


@dataclass
class _Readers:
    """Contents that answers are being read from, and those of them that are to go afterwards."""

    reading: Counter[str] = field(default_factory=Counter[str])
    doomed: set[str] = field(default_factory=set[str])


_readers: weakref.WeakKeyDictionary[Store, _Readers] = weakref.WeakKeyDictionary()


async def receive(
    store: Store, source: AsyncIterable[bytes], algorithms: Iterable[str] = ()
) -> Received:
    """Keeps all that comes. Raises `ApiError` 100100 for more than one upload may hold; then nothing is kept."""
    writing = _Writing(store, algorithms)
    try:
        async for part in source:
            writing.add(part)
        return writing.finish()
    except BaseException:
        # The client has gone, or the state was exchanged meanwhile: then the next start cleans up.
        with contextlib.suppress(sqlite3.Error):
            drop(store, [writing.name])
        raise


def keep(store: Store, content: bytes, algorithms: Iterable[str] = ()) -> Received:
    """As `receive`, of what is in memory already."""
    writing = _Writing(store, algorithms)
    writing.add(content)
    return writing.finish()


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Crc32:
    """As hashlib's are."""

    def __init__(self) -> None:
        self._sum = 0

    def update(self, data: bytes, /) -> None:
        self._sum = zlib.crc32(data, self._sum)

    def hexdigest(self) -> str:
        return f"{self._sum:08x}"


class _Writing:
    def __init__(self, store: Store, algorithms: Iterable[str]) -> None:
        self.name = hex_id()
        self._store = store
        self._hashes: dict[str, _Digest] = {
            name: _Crc32() if name == "crc32" else hashlib.new(name, usedforsecurity=False)
            for name in {"md5", *algorithms}
        }
        self._size = 0
        self._position = 0
        self._pending = bytearray()

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_UPLOAD_BYTES:
            raise errors.ENTITY_TOO_LARGE()
        for digest in self._hashes.values():
            digest.update(part)
        self._pending += part
        while len(self._pending) >= CHUNK:
            self._write(bytes(self._pending[:CHUNK]))
            del self._pending[:CHUNK]

    def finish(self) -> Received:
        if self._pending:
            self._write(bytes(self._pending))
        digests = {name: digest.hexdigest() for name, digest in self._hashes.items()}
        return Received(Piece(self.name, self._size), digests)

    def _write(self, chunk: bytes) -> None:
        self._store.execute(
            "INSERT INTO r2_chunks VALUES (?, ?, ?)", (self.name, self._position, chunk)
        )
        self._position += 1


async def read(
    store: Store, pieces: Sequence[Piece], offset: int = 0, length: int | None = None
) -> AsyncIterator[bytes]:
    """`length` bytes from `offset` on, None for the rest. What is deleted meanwhile is read to its end."""
    readers = _readers.setdefault(store, _Readers())
    names = [piece.content for piece in pieces]
    readers.reading.update(names)
    try:
        left = sum(piece.size for piece in pieces) - offset if length is None else length
        for piece in pieces:
            if offset >= piece.size:
                offset -= piece.size
                continue
            while left > 0 and offset < piece.size:
                start = offset % CHUNK
                chunk = _chunk(store, piece.content, offset // CHUNK)[start : start + left]
                offset += len(chunk)
                left -= len(chunk)
                yield chunk
            offset = 0
    finally:
        readers.reading.subtract(names)
        done = {name for name in names if readers.reading[name] <= 0}
        for name in done:
            del readers.reading[name]
        # The state may have been exchanged for another one under a long answer.
        with contextlib.suppress(sqlite3.Error):
            drop(store, done & readers.doomed)
        readers.doomed -= done


def _chunk(store: Store, content: str, position: int) -> bytes:
    row = store.execute(
        "SELECT bytes FROM r2_chunks WHERE content = ? AND position = ?", (content, position)
    ).fetchone()
    if row is None:
        raise EOFError(f"chunk {position} of the content {content} is missing")
    return bytes(row[0])


def drop(store: Store, contents: Iterable[str]) -> None:
    """Whatever is being read goes when it has been."""
    readers = _readers.setdefault(store, _Readers())
    for name in contents:
        if readers.reading[name] > 0:
            readers.doomed.add(name)
        else:
            store.execute("DELETE FROM r2_chunks WHERE content = ?", (name,))


def base64_of(digest: str) -> str:
    """A digest in hex as S3 writes it."""
    return base64.b64encode(bytes.fromhex(digest)).decode()
