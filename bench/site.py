"""The application's two ways in: the zone's name over HTTPS, where the edge keeps answers, and workers.dev, where it keeps none."""

from __future__ import annotations

import gzip
import json
import ssl
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.load import Answer, Connections

VERSION: Final = "pitchey-version"


@dataclass(frozen=True)
class Told:
    """`text` is the body without its coding; None where it cannot be undone."""

    at: float
    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    text: str | None

    @property
    def version(self) -> str:
        return self.headers.get(VERSION, "")

    def cookie(self, name: str) -> str:
        """`name=value` as a client sends it back; empty where the answer sets none or takes it away."""
        found = (cookie.split(";", 1)[0] for cookie in self.cookies)
        return next((c for c in found if c.startswith(f"{name}=") and not c.endswith("=")), "")

    @property
    def json(self) -> Any:  # noqa: ANN401 (what a server sent)
        """None where it is none."""
        try:
            return json.loads(self.text or "")
        except ValueError:
            return None


class Site:
    """`port` of the edge's HTTP and the one after it of its HTTPS, for which the file `authority` vouches."""

    def __init__(self, port: int, zone_host: str, host: str, authority: Path) -> None:
        tls = ssl.create_default_context(cafile=str(authority))
        self._ways = {
            True: (Connections(port + 1, tls, zone_host), zone_host),
            False: (Connections(port), host),
        }

    async def send(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        *,
        by_zone: bool = True,
    ) -> Told | None:
        """None where nothing answered in time."""
        connections, host = self._ways[by_zone]
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{k}: {v}" for k, v in headers)]
        if body is not None:
            lines.append("content-type: application/json")
        if method not in ("GET", "HEAD"):
            lines.append(f"content-length: {len(content)}")
        sent = ("\r\n".join(lines) + "\r\n\r\n").encode() + content
        answer = await connections.ask(sent)
        return None if answer is None else read_answer(answer, time.monotonic())

    def close(self) -> None:
        for connections, _ in self._ways.values():
            connections.close()


@dataclass
class _Head:
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: list[str] = field(default_factory=list[str])


def read_answer(answer: Answer, at: float) -> Told:
    """`at` is when it was there, by the monotonic clock."""
    head = _Head()
    for line in answer.told.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            head.cookies.append(value.strip())
        else:
            head.headers[name.lower()] = value.strip()
    body = answer.body
    if "chunked" in head.headers.get("transfer-encoding", ""):
        body = _without_chunks(body)
    text = _decoded(body, head.headers.get("content-encoding", "identity"))
    return Told(at, answer.status, head.headers, tuple(head.cookies), text)


def _without_chunks(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = int(body[at:end].split(b";")[0] or b"0", 16)
        if size == 0:
            break
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)


def _decoded(body: bytes, coding: str) -> str | None:
    try:
        return (gzip.decompress(body) if coding == "gzip" and body else body).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
