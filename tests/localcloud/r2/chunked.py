"""Bodies in `aws-chunked`, signed by hand: clients send them that do not know a body's sum before it has gone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Signer:
    """Signs one PUT and then what comes in its chunks."""

    access_key: str
    secret: str
    at: datetime

    @property
    def time(self) -> str:
        return self.at.strftime("%Y%m%dT%H%M%SZ")

    @property
    def scope(self) -> str:
        return f"{self.at:%Y%m%d}/auto/s3/aws4_request"

    def sign(self, *lines: str) -> str:
        key = f"AWS4{self.secret}".encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, "\n".join(lines).encode(), "sha256").hex()

    def headers(self, url: str, word: str, length: int) -> tuple[dict[str, str], str]:
        """Of a PUT whose content `word` stands for; and its signature, which that of the first chunk goes on from."""
        parts = urlsplit(url)
        signed = {
            "host": parts.netloc,
            "x-amz-content-sha256": word,
            "x-amz-date": self.time,
            "x-amz-decoded-content-length": str(length),
        }
        names = ";".join(signed)
        told = "".join(f"{name}:{text}\n" for name, text in signed.items())
        request = "\n".join(("PUT", parts.path, "", told, names, word))
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = self.sign("AWS4-HMAC-SHA256", self.time, self.scope, digest)
        credential = f"Credential={self.access_key}/{self.scope}"
        authorization = (
            f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"
        )
        return {**signed, "content-encoding": "aws-chunked", "authorization": authorization}, signature  # fmt: skip

    def chunks(self, previous: str, contents: Sequence[bytes]) -> bytes:
        out = b""
        for chunk in (*contents, b""):
            digest = hashlib.sha256(chunk).hexdigest()
            previous = self.sign(
                "AWS4-HMAC-SHA256-PAYLOAD", self.time, self.scope, previous, _EMPTY, digest
            )
            out += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
        return out


def put(
    url: str, keys: tuple[str, str], word: str, length: int, body: Callable[[Signer, str], bytes]
) -> httpx.Response:
    """`keys`: access key and secret; `body` is given who signs, and the signature of the request."""
    signer = Signer(*keys, datetime.now(UTC))
    headers, signature = signer.headers(url, word, length)
    return httpx.put(url, headers=headers, content=body(signer, signature))
