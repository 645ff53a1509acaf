"""Bodies that no client of ours sends: each is refused by a problem, at once, and changes nothing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import repeat

import pytest

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.raw import Raw, RawAnswer

PITCH = {
    "title": "The Salt Road",
    "logline": "A border moves each night.",
    "genre": "drama",
    "format": "feature",
    "budget": 1,
}
TEXT = json.dumps(PITCH)
PART = b"a" * 100_000
HUGE = 1000


@pytest.fixture(scope="module")
def raw(api: Api, checkout: Checkout) -> Raw:
    return Raw(api.host, api.port, checkout.home / "ca.pem")


def _with(**fields: str) -> bytes:
    """The pitch with fields of JSON text that no writer of JSON would write."""
    own = ", ".join(f"{json.dumps(name)}: {text}" for name, text in fields.items())
    rest = {name: value for name, value in PITCH.items() if name not in fields}
    return f"{json.dumps(rest)[:-1]}, {own}}}".encode()


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"", "application/json", 400),
        (b"\xef\xbb\xbf", "application/json", 400),
        (TEXT.encode("utf-16"), "application/json", 400),
        (TEXT.encode("utf-16-le"), "application/json", 400),
        (TEXT.encode("utf-32"), "application/json", 400),
        (TEXT.replace("Salt", "Sält").encode("latin-1"), "application/json", 400),
        (TEXT.encode().replace(b"Salt", b"\xc0\xaf"), "application/json", 400),
        (TEXT.encode().replace(b"Salt", b"\xed\xa0\x80"), "application/json", 400),
        (gzip.compress(TEXT.encode()), "application/json", 400),
        (TEXT.encode("utf-16"), "application/json; charset=utf-16", 415),
        (TEXT.encode(), "application/json; charset=latin1", 415),
        (TEXT.encode(), "application/json; charset=utf-8; charset=utf-16", 415),
        (TEXT.encode(), "text/plain", 415),
        (TEXT.encode(), "application/json, text/plain", 415),
        (TEXT.encode(), "multipart/form-data; boundary=x", 415),
        (b"[" * 100_000, "application/json", 413),
        (b"[" * 30_000 + b"]" * 30_000, "application/json", 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (_with(title='"a", "title": "b"'), "application/json", 400),
        (_with(title='"a", "t\\u0069tle": "b"'), "application/json", 400),
        (_with(budget="1" + "0" * 10_000), "application/json", 422),
        (_with(budget="1e400"), "application/json", 422),
        (_with(budget="-1e400"), "application/json", 422),
        (_with(budget="1e-400001"), "application/json", 201),
        (_with(budget="9007199254740993"), "application/json", 422),
        (_with(budget="NaN"), "application/json", 400),
        (_with(budget="0x10"), "application/json", 400),
        (_with(budget="01"), "application/json", 400),
        (_with(budget='{"$gt": 0}'), "application/json", 422),
        (_with(budget="[1]"), "application/json", 422),
        (_with(__proto__='{"role": "operator", "status": "published"}'), "application/json", 422),
        (_with(constructor='{"prototype": {"status": "published"}}'), "application/json", 422),
        (_with(toString="null"), "application/json", 422),
        (_with(genre=json.dumps("İ" * 40)), "application/json", 422),
        (_with(genre=json.dumps("😀" * 40)), "application/json", 201),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(
    api: Api, creator: Person, content: bytes, type: str, status: int
) -> None:
    sent = {"content-type": type}
    answer = api.ask("POST", "/api/pitches", by=creator, content=content, headers=sent)
    assert answer.status_code == status, answer.text
    kind = "application/json" if status == 201 else "application/problem+json"
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity", "gzip, gzip", "x"])
def test_an_encoded_body_is_not_unpacked(api: Api, creator: Person, encoding: str) -> None:
    sent = {"content-type": "application/json", "content-encoding": encoding}
    bomb = gzip.compress(b"[" * 10_000_000)
    answer = api.ask("POST", "/api/pitches", by=creator, content=bomb, headers=sent)
    assert answer.status_code == 415


def test_nothing_that_was_sent_is_taken_for_a_prototype(api: Api, creator: Person) -> None:
    bad = b'{"__proto__": {"status": "published", "budget": 7}}'
    sent = {"content-type": "application/json"}
    assert api.ask("POST", "/api/pitches", by=creator, content=bad, headers=sent).status_code == 422
    made = api.ask("POST", "/api/pitches", by=creator, json=PITCH)
    assert (made.json()["status"], made.json()["budget"]) == ("draft", 1)


# A hundred megabytes: with their length, in chunks, and fewer than were promised


def _head(api: Api, by: Person, path: str, type: str, *more: str) -> bytes:
    lines = (
        f"POST {path} HTTP/1.1",
        f"host: {api.host}",
        f"authorization: Bearer {by.token}",
        f"content-type: {type}",
        "connection: close",
        *more,
    )
    return "\r\n".join((*lines, "", "")).encode()


def _chunked(head: bytes) -> Iterator[bytes]:
    chunk = f"{len(PART):x}\r\n".encode() + PART + b"\r\n"
    yield head + chunk
    yield from repeat(chunk, HUGE - 1)
    yield b"0\r\n\r\n"


def _refused(answers: list[RawAnswer], status: int) -> None:
    [answer] = answers
    assert answer.status == status, answer.content
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/pitches", "/api/sessions", "/api/people"])
def test_a_huge_body_is_refused_by_its_length(
    api: Api, raw: Raw, creator: Person, path: str
) -> None:
    length = f"content-length: {HUGE * len(PART)}"
    head = _head(api, creator, path, "application/json", length)
    _refused(raw.stream([head, *repeat(PART, HUGE)]), 413)


def test_a_huge_body_of_no_told_length_is_refused_once_it_is_too_long(
    api: Api, raw: Raw, creator: Person
) -> None:
    chunked = "transfer-encoding: chunked"
    head = _head(api, creator, "/api/pitches", "application/json", chunked)
    _refused(raw.stream(_chunked(head)), 413)


def test_a_huge_file_is_refused_before_it_is_stored(api: Api, raw: Raw, creator: Person) -> None:
    pitch = api.ask("POST", "/api/pitches", by=creator, json=PITCH).json()["id"]
    path = f"/api/pitches/{pitch}/uploads?name=deck.pdf"
    length = f"content-length: {HUGE * len(PART)}"
    head = _head(api, creator, path, "application/pdf", length)
    _refused(raw.stream([head, *repeat(PART, HUGE)]), 413)
    chunked = _head(api, creator, path, "application/pdf", "transfer-encoding: chunked")
    _refused(raw.stream(_chunked(chunked)), 411)
    seen = api.ask("GET", f"/api/pitches/{pitch}", by=creator).json()
    assert seen["whole"]["uploads"] == []
