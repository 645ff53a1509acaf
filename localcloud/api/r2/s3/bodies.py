"""The body of a signed request: its content as it streams in, and whether it is what was signed and summed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from typing import Final

from starlette.requests import Request

from localcloud.api.r2 import contents
from localcloud.api.r2.contents import Received
from localcloud.api.r2.errors import BAD_ARGUMENT, BAD_DIGEST
from localcloud.api.r2.s3 import errors
from localcloud.api.r2.s3.chunked import ChunkedBody
from localcloud.api.r2.s3.signatures import UNSIGNED, Signed
from localcloud.api.store import Store

_MAX_DOCUMENT: Final = 4 << 20
_CHECKSUM: Final = "x-amz-checksum-"
_ALGORITHMS: Final = ("crc32", "sha1", "sha256")
"""Sums that are checked. CRC32C and CRC64NVME, which Python has not, are taken as they are given."""


class Body:
    """Of one request. Raises `ApiError` from its methods for a body that is not what was signed."""

    def __init__(self, request: Request, signed: Signed) -> None:
        self._headers: Mapping[str, str] = request.headers
        self._signed = signed
        self._chunked = (
            ChunkedBody(request.stream(), signed)
            if signed.payload.startswith("STREAMING-")
            else None
        )
        self._stream: AsyncIterator[bytes] = (
            request.stream() if self._chunked is None else self._chunked.content()
        )

    async def keep(self, store: Store) -> Received:
        """As the content of an object or a part; with the digests that a client gave, checked. On a refusal nothing stays."""
        length = self._headers.get("content-length")
        if length is None and "transfer-encoding" not in self._headers:
            raise errors.NO_LENGTH()
        wanted = {"sha256"} | {name for name in _ALGORITHMS if _CHECKSUM + name in self._headers}
        if self._signed.payload.endswith("-TRAILER"):
            # Which one comes behind the body, clients need not say before.
            wanted |= set(_ALGORITHMS)
        received = await contents.receive(store, self._stream, wanted)
        try:
            self._check(received)
        except BaseException:
            contents.drop(store, [received.piece.content])
            raise
        return received

    def checksums(self, received: Received) -> dict[str, str]:
        """Those to be remembered: the MD5, and what the client gave."""
        given = {name for name in _ALGORITHMS if name in self._given()} & {"sha1", "sha256"}
        return {name: received.digests[name] for name in ("md5", *sorted(given))}

    def _given(self) -> dict[str, str]:
        """Checksums by algorithm, in Base64, from headers or trailers."""
        said = {**self._headers, **(self._chunked.trailers if self._chunked else {})}
        return {
            name.removeprefix(_CHECKSUM): text
            for name, text in said.items()
            if name.startswith(_CHECKSUM)
        }

    def _check(self, received: Received) -> None:
        payload = self._signed.payload
        if self._chunked is None and payload != UNSIGNED and payload != received.digests["sha256"]:
            raise errors.BAD_PAYLOAD()
        length = self._headers.get("x-amz-decoded-content-length")
        if length is not None and length != str(received.piece.size):
            raise errors.BAD_CHUNKS(reason=f"it holds {received.piece.size} bytes, not {length}")
        given = self._given()
        if "content-md5" in self._headers:
            given["md5"] = self._headers["content-md5"]
        for name in ("md5", *_ALGORITHMS):
            if name not in given:
                continue
            try:
                digest = base64.b64decode(given[name], validate=True).hex()
            except binascii.Error as error:
                raise BAD_ARGUMENT(reason=f"the {name} checksum is not Base64") from error
            if digest != received.digests[name]:
                raise BAD_DIGEST(
                    algorithm=name.upper(), given=digest, actual=received.digests[name]
                )

    async def document(self, store: Store) -> bytes:
        """Whole, for what is small."""
        length = self._headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _MAX_DOCUMENT:
            raise errors.BAD_XML()
        received = await self.keep(store)
        try:
            parts = [part async for part in contents.read(store, [received.piece])]
        finally:
            contents.drop(store, [received.piece.content])
        return b"".join(parts)
