"""Valkey's protocol (RESP2) over a unix socket: commands in order, their replies together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LIMIT: Final = 1 << 20
Command = Sequence[bytes]


@dataclass(frozen=True)
class Status:
    """`+OK` and its like, which is no text that somebody stored."""

    text: str


@dataclass(frozen=True)
class Refusal:
    """`-ERR …`."""

    text: str


Reply = Status | Refusal | int | bytes | None | list["Reply"]


class Connection:
    """One at a time: whoever writes has its replies before the next one writes, so several commands are not interleaved."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self.broken = False

    @staticmethod
    async def open(path: Path) -> Connection:
        """Raises `OSError`."""
        return Connection(*await asyncio.open_unix_connection(str(path), limit=_LIMIT))

    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        """A reply for each. Raises `OSError` when the connection ends."""
        async with self._turn:
            if self.broken:
                raise ConnectionError("the connection to Valkey is gone")
            try:
                self._writer.write(b"".join(map(_packed, commands)))
                await self._writer.drain()
                return [await self._reply() for _ in commands]
            except BaseException as error:
                # What is still to come would be taken for the next one's replies.
                self.close()
                if isinstance(error, asyncio.IncompleteReadError):
                    raise ConnectionError("Valkey ended") from error
                raise

    async def _reply(self) -> Reply:
        line = (await self._reader.readuntil(b"\r\n"))[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return Status(rest.decode())
        if kind == b"-":
            return Refusal(rest.decode("utf-8", "replace"))
        number = int(rest)
        if kind == b":":
            return number
        if number < 0:
            return None
        if kind == b"$":
            return (await self._reader.readexactly(number + 2))[:-2]
        return [await self._reply() for _ in range(number)]

    def close(self) -> None:
        self.broken = True
        with suppress(OSError):
            self._writer.close()


def _packed(command: Command) -> bytes:
    parts = [b"*%d\r\n" % len(command)]
    for word in command:
        parts.append(b"$%d\r\n%b\r\n" % (len(word), word))
    return b"".join(parts)
