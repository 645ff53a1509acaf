"""Sentry's envelope endpoint, as those see it who report errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from localcloud.data.envelopes import MOST_BYTES
from localcloud.data.error_sink import MOST_A_MINUTE, ErrorSink
from localcloud.data.kept_errors import KeptErrors, ReportedError, recent

KEYS: Final = {"staging": "key-of-staging", "production": "key-of-production"}
ID: Final = "0123456789abcdef0123456789abcdef"
EVENT: Final = {"event_id": ID, "exception": {"values": [{"type": "TypeError"}]}}
AUTH: Final = {"x-sentry-auth": "Sentry sentry_version=7, sentry_client=x/1, sentry_key=key-of-staging"}  # fmt: skip
PATH: Final = "/api/1/envelope/"


class Sink:
    def __init__(self, folder: Path, most: int = 500) -> None:
        self.path = folder / "errors.jsonl"
        self.now = 0.0
        self._app = ErrorSink(KeptErrors(self.path, most), lambda: KEYS, lambda: self.now)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="https://sink") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def post(
        self, content: bytes, headers: dict[str, str] | None = None, path: str = PATH
    ) -> httpx.Response:
        return self.ask("POST", path, content=content, headers=AUTH if headers is None else headers)

    def kept(self) -> list[ReportedError]:
        return recent(self.path, 10_000)


@pytest.fixture
def sink(tmp_path: Path) -> Sink:
    return Sink(tmp_path)


def envelope(event: object = EVENT, header: dict[str, Any] | None = None, **item: Any) -> bytes:
    payload = json.dumps(event).encode()
    described = {"type": "event", "length": len(payload), **item}
    lines = [json.dumps(header or {}).encode(), json.dumps(described).encode(), payload]
    return b"\n".join(lines) + b"\n"


def test_an_event_is_kept_under_its_stack_and_its_id_is_answered(sink: Sink) -> None:
    answer = sink.post(envelope())
    assert (answer.status_code, answer.json()) == (200, {"id": ID})
    (kept,) = sink.kept()
    assert (kept.stack, kept.event) == ("staging", EVENT)
    assert kept.at.endswith("Z")
    assert stat.S_IMODE(sink.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/api/1/envelope", "/api/42/envelope/"])
def test_a_project_is_any_number_with_a_slash_or_without(sink: Sink, path: str) -> None:
    assert sink.post(envelope(), path=path).status_code == 200


@pytest.mark.parametrize(
    ("header", "query", "headers"),
    [
        ({"dsn": "https://key-of-production@localhost:1/1"}, "", {}),
        ({}, "?sentry_key=key-of-production&sentry_version=7", {}),
        ({}, "", {"x-sentry-auth": "Sentry sentry_key=key-of-production,sentry_version=7"}),
        ({}, "", {"authorization": "Sentry sentry_version=7, sentry_key=key-of-production"}),
    ],
)
def test_the_key_may_come_in_each_of_its_places(
    sink: Sink, header: dict[str, str], query: str, headers: dict[str, str]
) -> None:
    assert sink.post(envelope(header=header), headers, PATH + query).status_code == 200
    assert [one.stack for one in sink.kept()] == ["production"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-sentry-auth": "Sentry sentry_version=7"}, 401),
        ({"authorization": "Bearer key-of-staging"}, 401),
        ({"x-sentry-auth": "Sentry sentry_key=key-of-stagin"}, 403),
        ({"x-sentry-auth": "Sentry sentry_key=ключ".encode()}, 403),
    ],
)
def test_without_a_key_that_is_known_nothing_is_kept(
    sink: Sink, headers: dict[str, str], status: int
) -> None:
    answer = sink.post(envelope(), headers)
    assert answer.status_code == status
    assert answer.json()["detail"] == answer.headers["x-sentry-error"]
    assert sink.kept() == []


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress)]
)  # fmt: skip
def test_an_envelope_may_come_packed(
    sink: Sink, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    answer = sink.post(pack(envelope()), {**AUTH, "content-encoding": encoding})
    assert answer.status_code == 200
    assert len(sink.kept()) == 1


PADDED: Final = envelope({**EVENT, "extra": "x" * MOST_BYTES})


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (PADDED, "", 413),
        (gzip.compress(PADDED), "gzip", 413),
        (gzip.compress(b"0" * (200 << 20)), "gzip", 413),
        (envelope(), "gzip", 400),
        (gzip.compress(envelope())[:-9], "gzip", 400),
        (envelope(), "br", 415),
        (b"", "", 400),
        (b"[]\n", "", 400),
        (b"{}\n{\n", "", 400),
        (envelope(length=10_000), "", 400),
        (envelope(length=3), "", 400),
        (envelope(length=-1), "", 400),
        (envelope(length=True), "", 400),
        (envelope([]), "", 400),
        (b'{}\n{"type":"event"}\nno JSON\n', "", 400),
        (b"{}\n" + b'{"type":"session"}\n{}\n' * 101, "", 400),
        (b"[" * 100_000, "", 400),
    ],
    ids=range(17),
)
def test_what_is_no_envelope_or_too_large_is_refused(
    sink: Sink, content: bytes, encoding: str, status: int
) -> None:
    headers = {**AUTH, "content-encoding": encoding} if encoding else AUTH
    assert sink.post(content, headers).status_code == status
    assert sink.kept() == []


def test_items_without_a_length_end_with_their_line_and_others_than_events_are_dropped(
    sink: Sink,
) -> None:
    other = b'{"type":"attachment","length":3}\n\x00\n\xff\n'
    line = b'{"type":"event"}\n' + json.dumps(EVENT).encode()
    content = b"{}\n" + other + b'{"type":"session"}\n{}\n' + line + b"\n\n\n"
    assert sink.post(content).json() == {"id": ID}
    assert [one.event for one in sink.kept()] == [EVENT]
    assert sink.post(b"{}").status_code == 200


def test_there_is_nothing_else(sink: Sink) -> None:
    for path in ("/", "/api/1/store/", "/api/x/envelope/", "/api/1/envelope/x"):
        assert sink.post(envelope(), path=path).status_code == 404
    assert sink.ask("GET", PATH, headers=AUTH).status_code == 405


def test_who_sends_too_much_is_told_for_how_long_to_be_quiet(sink: Sink) -> None:
    for _ in range(MOST_A_MINUTE):
        sink.now += 0.1
        assert sink.post(envelope()).status_code == 200
    refused = sink.post(envelope())
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert refused.headers["x-sentry-rate-limits"] == f"{seconds}:error;default:key"
    other = {"x-sentry-auth": "Sentry sentry_key=key-of-production"}
    assert sink.post(envelope(), other).status_code == 200
    sink.now += seconds
    assert sink.post(envelope()).status_code == 200


def test_as_many_as_promised_are_kept_and_the_file_never_grows_beyond(tmp_path: Path) -> None:
    sink = Sink(tmp_path, most=10)
    for number in range(57):
        sink.now += 1
        assert sink.post(envelope({"number": number})).status_code == 200
        kept = [one.event["number"] for one in sink.kept()]
        assert kept == list(range(number + 1))[-len(kept) :]
        assert min(number + 1, 10) <= len(kept) < 20
    again = Sink(tmp_path, most=10)
    for number in range(57, 80):
        again.post(envelope({"number": number}))
        assert len(again.kept()) < 20
    assert again.kept()[-1].event == {"number": 79}


def test_a_line_that_a_kill_cut_short_is_no_line(sink: Sink) -> None:
    sink.post(envelope())
    with sink.path.open("a") as file:
        file.write('{"at": "2026-')
    assert len(sink.kept()) == 1
    assert recent(sink.path, 5, "production") == []
    assert len(recent(sink.path, 5, "staging")) == 1
