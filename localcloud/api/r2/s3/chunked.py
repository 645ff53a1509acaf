"""A body in `aws-chunked`: chunks with their lengths and, where they are signed, their signatures; and trailers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Final

from localcloud.api.r2.s3 import errors
from localcloud.api.r2.s3.signatures import Signed

_MAX_LINE: Final = 4096
_END: Final = b"\r\n"


class ChunkedBody:
    """`content()` gives what the chunks hold; afterwards `trailers` has what came behind them (names in lower case)."""

    def __init__(self, stream: AsyncIterator[bytes], signed: Signed) -> None:
        self.trailers: dict[str, str] = {}
        self._stream = stream
        self._signed = signed
        self._verified = signed.payload.startswith("STREAMING-AWS4-HMAC-SHA256")
        self._previous = signed.signature
        self._pending = bytearray()

    async def content(self) -> AsyncIterator[bytes]:
        """Raises `ApiError` for what is malformed, cut short or wrongly signed; what it gave until then is void."""
        while True:
            size, given = _chunk_head(await self._line())
            digest = hashlib.sha256()
            left = size
            while left > 0:
                if not self._pending:
                    await self._more()
                part = bytes(self._pending[:left])
                del self._pending[: len(part)]
                left -= len(part)
                digest.update(part)
                yield part
            self._check_chunk(given, digest.hexdigest())
            if size == 0:
                break
            if await self._line():
                raise errors.BAD_CHUNKS(reason="a chunk is longer than it says")
        await self._read_trailers()

    def _check_chunk(self, given: str, digest: str) -> None:
        if not self._verified:
            return
        expected = self._signed.of_chunk(self._previous, digest)
        if not hmac.compare_digest(expected, given):
            raise errors.BAD_SIGNATURE()
        self._previous = expected

    async def _read_trailers(self) -> None:
        said = b""
        while line := await self._line(optional=True):
            name, _, text = line.decode("latin-1").partition(":")
            if name.lower() == "x-amz-trailer-signature":
                expected = self._signed.of_trailer(self._previous, hashlib.sha256(said).hexdigest())
                if self._verified and not hmac.compare_digest(expected, text.strip()):
                    raise errors.BAD_SIGNATURE()
                return
            said += line + b"\n"
            self.trailers[name.lower()] = text.strip()
        if self.trailers and self._verified:
            raise errors.BAD_SIGNATURE()

    async def _line(self, *, optional: bool = False) -> bytes:
        while _END not in self._pending:
            if len(self._pending) > _MAX_LINE:
                raise errors.BAD_CHUNKS(reason="a line is too long")
            part = await anext(self._stream, b"")
            if not part:
                if optional:
                    return b""
                raise errors.BAD_CHUNKS(reason="it ends early")
            self._pending += part
        line, _, rest = bytes(self._pending).partition(_END)
        self._pending = bytearray(rest)
        return line

    async def _more(self) -> None:
        part = b""
        while not part:
            try:
                part = await anext(self._stream)
            except StopAsyncIteration:
                raise errors.BAD_CHUNKS(reason="it ends early") from None
        self._pending += part


def _chunk_head(line: bytes) -> tuple[int, str]:
    size, _, extension = line.decode("latin-1").partition(";")
    try:
        return int(size, 16), extension.removeprefix("chunk-signature=")
    except ValueError as error:
        raise errors.BAD_CHUNKS(reason=f"{size[:20]!r} is no length") from error
