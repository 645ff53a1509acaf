"""Requests that only an attacker sends: paths, methods, headers and the bytes between requests. Nothing of ours fails by
them, nobody is told what is somebody else's, and nothing of them stays for the next one."""

from __future__ import annotations

import json
import re

import pytest

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.raw import Raw, RawAnswer

INSIDE = re.compile(rb"\n\s+at |node_modules|\.ts:\d|\.js:\d|select .* from|SQLSTATE|Error:", re.I)
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def raw(api: Api, checkout: Checkout) -> Raw:
    return Raw(api.host, api.port, checkout.home / "ca.pem")


def refused(answer: RawAnswer, *statuses: int) -> None:
    """A problem that tells nothing of the inside; the edge's own 400 has no body."""
    assert answer.status in statuses, (answer.status, answer.content[:200])
    assert not INSIDE.search(answer.content)
    if answer.headers.get("pitchey-version"):
        assert answer.headers["content-type"] == PROBLEM
        assert json.loads(answer.content)["status"] == answer.status


# Paths


@pytest.mark.parametrize(
    "target",
    [
        b"//api/pitches",
        b"/api//pitches",
        b"/api/pitches/",
        b"/api/pitches//",
        b"/API/pitches",
        b"/api/Pitches",
        b"/api/%70itches",
        b"/api/pitches%2f",
        b"/api%2fpitches",
        b"/api/pitches%00",
        b"/api/pitches%0d%0aset-cookie:a=b",
        b"/api/pitches;a=b",
        b"/api/..%2fpitches",
        b"/api/%2e%2e%2fpitches",
        b"/api/%252e%252e/pitches",
        b"/api/..%5c..%5cpitches",
        b"/api/pitches/..;/people",
        b"/api/pitches/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        b"/api/pitches/" + b"a" * 8000,
        b"/api/pitches/" + b"a/" * 4000,
        b"/api/uploads/..%2f..%2fpitches",
        b"/api/pitches/1%27%20or%20%271%27=%271",
        b"/api/pitches/00000000-0000-0000-0000-00000000000g",
        b"/api/saved/%FF%FE",
        b"/api/.git/config",
        b"/api/openapi.json/",
        b"/api/__proto__",
        b"/api/constructor",
        b"/api/pitches/constructor",
    ],
)  # fmt: skip
def test_a_path_that_is_spelled_otherwise_names_nothing(raw: Raw, target: bytes) -> None:
    refused(raw.get(target), 400, 404)


@pytest.mark.parametrize(
    "target", [b"/api/../api/version", b"/api/%2e%2e/api/version", b"/./api/version"]
)
def test_dots_are_gone_before_anything_is_looked_up(raw: Raw, target: bytes) -> None:
    """As browsers and the platform read an address: it is the plain one, for whoever keeps answers, too."""
    assert raw.get(target).content == raw.get(b"/api/version").content


@pytest.mark.parametrize("target", [b"*", b"https://evil.example/api/version", b"api/version"])
def test_a_target_that_is_no_path_is_nobodys(raw: Raw, target: bytes) -> None:
    for answer in raw.ask(
        b"GET "
        + target
        + b" HTTP/1.1\r\nhost: "
        + raw.host.encode()
        + b"\r\nconnection: close\r\n\r\n"
    ):
        assert answer.status < 500
        assert b"evil" not in answer.content


# Methods


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"PATCH", b"PURGE", b"PROPFIND", b"SEARCH"])
def test_a_method_that_is_not_served_does_nothing(raw: Raw, method: bytes) -> None:
    refused(raw.get(b"/api/pitches/trending", method=method), 400, 405, 501)


@pytest.mark.parametrize("method", [b"TRACE", b"FOO", b"get", b"GETT", b"G\x01T"])
def test_a_method_that_there_is_not_is_no_failure_of_ours(raw: Raw, method: bytes) -> None:
    for answer in raw.ask(
        method
        + b" /api/version HTTP/1.1\r\nhost: "
        + raw.host.encode()
        + b"\r\nconnection: close\r\n\r\n"
    ):
        assert 400 <= answer.status < 500 or answer.status == 501
        # What a client sends in secret comes back in no answer.
        assert b"host:" not in answer.content


def test_a_method_is_what_the_request_says_alone(api: Api, creator: Person) -> None:
    made = api.ask("POST", "/api/pitches", by=creator, json={
        "title": "T", "logline": "L", "genre": "g", "format": "short", "budget": 1,
    }).json()  # fmt: skip
    path = f"/api/pitches/{made['id']}"
    for name in ("x-http-method-override", "x-http-method", "x-method-override"):
        told = {name: "PATCH", "content-type": "application/json", "if-match": "*"}
        answer = api.ask("GET", path, by=creator, headers=told, content=b'{"title": "X"}')
        assert (answer.status_code, answer.json()["title"]) == (200, "T")
    assert api.ask("GET", f"{path}?_method=DELETE", by=creator).status_code in (200, 400)
    assert api.ask("GET", path, by=creator).json()["revision"] == 1


# Headers


def test_a_hundred_headers_and_huge_cookies_are_no_failure(raw: Raw) -> None:
    many = [f"x-{number}: {number}".encode() for number in range(100)]
    assert raw.get(b"/api/version", *many).status == 200
    for size in (4_000, 16_000, 60_000):
        answer = raw.get(b"/api/version", b"cookie: pitchey-refresh=" + b"a" * size)
        assert answer.status in (200, 400, 413, 431)
    crumbs = b"; ".join(b"c%d=%d" % (number, number) for number in range(1000))
    assert raw.get(b"/api/version", b"cookie: " + crumbs).status == 200
    host = raw.host.encode()
    huge = b"GET /api/version HTTP/1.1\r\nhost: " + host + b"\r\nx-huge: " + b"a" * 1_000_000
    assert all(answer.status < 500 for answer in raw.ask(huge + b"\r\n\r\n", seconds=5))


@pytest.mark.parametrize(
    "header", [b"if-none-match: " + b'"a",' * 2000, b"range: bytes=" + b"0-1," * 2000,
               b"if-modified-since: yesterday", b"accept: \xff\xfe", b"accept-encoding: gzip;q=x, ;;,,",
               b"content-type: " + b"a" * 5000, b"origin: null", b"origin: https://evil.example\\@x",
               b"cf-connecting-ip: 1.2.3.4", b"x-forwarded-for: ' or 1=1 --", b"te: trailers, x",
               b"cloudflare-workers-version-key: " + b"\xf0\x9f\x98\x80" * 500],
)  # fmt: skip
def test_a_header_of_rubbish_is_no_failure(raw: Raw, header: bytes) -> None:
    for path in (b"/api/pitches?limit=1", b"/api/version", b"/api/ndas"):
        answer = raw.get(path, header)
        assert answer.status in (200, 304, 400, 401)
        assert answer.headers.get("access-control-allow-origin") is None


# Requests within requests


@pytest.mark.parametrize(
    "framing",
    [
        (b"content-length: 5", b"transfer-encoding: chunked"),
        (b"transfer-encoding: chunked", b"content-length: 5"),
        (b"content-length: 5", b"content-length: 60"),
        (b"content-length: 5, 60",),
        (b"content-length: +5",),
        (b"content-length: 0x5",),
        (b"content-length: -1",),
        (b"content-length: 99999999999999999999999",),
        (b"transfer-encoding: xchunked",),
        (b"transfer-encoding: chunked, identity",),
        (b"transfer-encoding : chunked",),
        (b"transfer-encoding:\x0bchunked",),
        (b" transfer-encoding: chunked",),
        (b"x: y\ntransfer-encoding: chunked",),
    ],
)
def test_nothing_is_smuggled_in_a_body(raw: Raw, framing: tuple[bytes, ...]) -> None:
    """Whichever way a body's end is told, what comes in it is answered by nobody as a request of its own, or the whole is
    refused."""
    host = b"host: " + raw.host.encode()
    inner = b"GET /api/openapi.json HTTP/1.1\r\n" + host + b"\r\n\r\n"
    lines = (b"POST /api/sessions HTTP/1.1", host, b"content-type: application/json", *framing)
    answers = raw.ask(b"\r\n".join((*lines, b"", b"")) + b"0\r\n\r\n" + inner, seconds=3)
    assert all(answer.status < 500 or answer.status == 501 for answer in answers)
    if framing[0].startswith(b"content-length: 5") and len(framing) == 1:
        assert [answer.status for answer in answers] == [400]
    # A body that ends where it says is one request, and what follows it another, of the same client: no more than that.
    assert len(answers) <= 2


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"2\r\n{}", b"ffffffffffffffff1\r\n{}\r\n",
               b"2;" + b"a" * 20_000 + b"\r\n{}\r\n0\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n"],
)  # fmt: skip
def test_a_bad_chunk_ends_the_request(raw: Raw, chunks: bytes) -> None:
    lines = (
        b"POST /api/sessions HTTP/1.1",
        b"host: " + raw.host.encode(),
        b"content-type: application/json",
        b"transfer-encoding: chunked",
    )
    answers = raw.ask(b"\r\n".join((*lines, b"", b"")) + chunks, seconds=3)
    assert all(answer.status in (400, 413, 422, 499) for answer in answers)
    assert raw.get(b"/api/version").status == 200


# What is kept for others


@pytest.mark.parametrize(
    "header",
    [b"x-forwarded-host: evil.example", b"x-host: evil.example", b"forwarded: host=evil.example;proto=http",
     b"x-forwarded-proto: http", b"x-forwarded-port: 1", b"x-original-url: /api/ndas", b"x-rewrite-url: /api/ndas",
     b"x-http-method-override: POST", b"accept-encoding: evil", b"accept-language: evil",
     b"origin: https://evil.example", b"user-agent: <script>evil</script>", b"referer: https://evil.example",
     b"cookie: theme=evil", b"pitchey-version: evil", b"cache-control: no-transform", b"x-evil: evil",
     b"range: bytes=0-3", b"if-none-match: *"],
)  # fmt: skip
def test_nothing_of_a_request_is_kept_for_the_next(raw: Raw, header: bytes) -> None:
    # A key of its own, so that it is this request whose answer is kept.
    target = b"/api/pitches?limit=7&genre=g" + str(abs(hash(header))).encode()[:12]
    first = raw.get(target, header)
    assert first.status in (200, 304)
    clean = raw.get(target)
    assert clean.status == 200
    assert json.loads(clean.content) == {"pitches": [], "next": None}
    assert b"evil" not in clean.content + repr(clean.headers).encode()
    assert "access-control-allow-origin" not in clean.headers


def test_a_get_with_a_body_is_the_get_alone(raw: Raw) -> None:
    target = b"/api/pitches?limit=7&genre=fat"
    body = b"genre=evil&limit=1"
    host = b"host: " + raw.host.encode()
    head = (b"GET " + target + b" HTTP/1.1", host, b"content-length: %d" % len(body))
    kind = b"content-type: application/x-www-form-urlencoded"
    [fat] = raw.ask(b"\r\n".join((*head, kind, b"connection: close", b"", b"")) + body)
    assert (fat.status, json.loads(fat.content)) == (200, {"pitches": [], "next": None})
    assert raw.get(target).content == fat.content


@pytest.mark.parametrize(
    "query", [b"limit=7&limit=7", b"limit=7&utm_source=evil", b"limit=7;genre=evil", b"limit=%37%00",
              b"limit[]=7", b"__made-for=evil", b"limit=7&genre=" + b"g" * 3000, b"&&&limit=7=7"],
)  # fmt: skip
def test_a_query_that_is_not_of_the_list_is_no_key_of_its_answer(raw: Raw, query: bytes) -> None:
    assert raw.get(b"/api/pitches?limit=7").status == 200
    refused(raw.get(b"/api/pitches?" + query), 400)
