"""The application end to end: the Worker at the local edge, its Postgres, its bucket, each portal's path."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.integration.application import PASSWORD, Api, Person, refresh_cookie

PITCH = {
    "title": "The Salt Road",
    "logline": "A smuggler of salt must cross a border that moves each night.",
    "genre": "Drama",
    "format": "feature",
    "budget": 4_200_000,
    "synopsis": "She is the border.",
}
PDF = b"%PDF-1.7\n" + b"a deck of slides " * 5000
OWN_PAGE = {"pitchey-csrf": "1"}


@pytest.fixture(scope="module")
def rival(api: Api) -> Person:
    return api.signed_up("creator", "Bela")


@pytest.fixture(scope="module")
def production(api: Api) -> Person:
    return api.signed_up("production", "Dana")


@pytest.fixture
def write(api: Api, creator: Person) -> Callable[..., dict[str, Any]]:
    """A pitch of the creator's."""

    def written(**changes: object) -> dict[str, Any]:
        answer = api.ask("POST", "/api/pitches", by=creator, json={**PITCH, **changes})
        assert answer.status_code == 201, answer.text
        pitch: dict[str, Any] = answer.json()
        assert answer.headers["location"] == f"/api/pitches/{pitch['id']}"
        return pitch

    return written


def refreshed(api: Api, cookie: str, **headers: str) -> httpx.Response:
    return api.ask(
        "POST", "/api/sessions/refresh", headers={"cookie": cookie, **OWN_PAGE, **headers}
    )


def eventually(look: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True


# People and sessions


def test_an_address_is_one_persons_whatever_its_case(api: Api, creator: Person) -> None:
    body = {"email": creator.email.upper(), "name": "A", "role": "investor", "password": PASSWORD}
    assert api.ask("POST", "/api/people", json=body).status_code == 409


def test_a_login_does_not_tell_whether_the_address_or_the_password_is_wrong(
    api: Api, creator: Person
) -> None:
    said = [
        api.ask("POST", "/api/sessions", json={"email": email, "password": "another-word-7"})
        for email in (creator.email, "nobody@nowhere.example")
    ]
    assert [each.status_code for each in said] == [401, 401]
    assert said[0].json() == said[1].json()


def test_a_refresh_token_is_exchanged_for_the_next(api: Api, creator: Person) -> None:
    person = api.signed_in(creator.email)
    first = refreshed(api, person.cookie)
    assert first.status_code == 200, first.text
    assert first.json()["person"]["id"] == creator.id
    second = refreshed(api, refresh_cookie(first))
    assert second.status_code == 200
    [cookie] = [
        c for c in second.headers.get_list("set-cookie") if c.startswith("pitchey-refresh=")
    ]
    for attribute in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/api/sessions"):
        assert attribute in cookie


def test_a_refresh_token_that_comes_back_ends_the_session(api: Api, creator: Person) -> None:
    stolen = api.signed_in(creator.email).cookie
    second = refresh_cookie(refreshed(api, stolen))
    third = refresh_cookie(refreshed(api, second))
    reused = refreshed(api, stolen)
    assert reused.status_code == 401
    assert "pitchey-refresh=;" in "".join(reused.headers.get_list("set-cookie"))
    assert refreshed(api, third).status_code == 401


def test_a_refresh_whose_answer_was_lost_may_be_asked_again(api: Api, creator: Person) -> None:
    cookie = api.signed_in(creator.email).cookie
    lost = refreshed(api, cookie)
    again = refreshed(api, cookie)
    assert (lost.status_code, again.status_code) == (200, 200)
    assert refreshed(api, refresh_cookie(again)).status_code == 200


def test_the_cookie_counts_for_nothing_from_another_page(api: Api, creator: Person) -> None:
    cookie = api.signed_in(creator.email).cookie
    assert refreshed(api, cookie, origin="https://evil.example").status_code == 403
    bare = api.ask("POST", "/api/sessions/refresh", headers={"cookie": cookie})
    assert bare.status_code == 403
    assert refreshed(api, cookie).status_code == 200


def test_a_logout_ends_the_session(api: Api, creator: Person) -> None:
    person = api.signed_in(creator.email)
    out = api.ask("DELETE", "/api/sessions", headers={"cookie": person.cookie, **OWN_PAGE})
    assert out.status_code == 204
    assert refreshed(api, person.cookie).status_code == 401
    assert api.ask("DELETE", "/api/sessions", headers=OWN_PAGE).status_code == 204


def test_a_token_that_is_not_good_is_refused_where_none_is_needed(
    api: Api, creator: Person
) -> None:
    head, body, signature = creator.token.split(".")
    for token in ("x", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}", creator.cookie[16:]):
        answer = api.ask("GET", "/api/pitches", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        for path in ("/api/version", "/api/openapi.json"):
            open_to_all = api.ask("GET", path, headers={"authorization": f"Bearer {token}"})
            assert open_to_all.status_code == 200


# The creator's portal


def test_a_draft_is_its_creators_alone_until_it_is_published(
    api: Api, creator: Person, rival: Person, investor: Person, write: Callable[..., dict[str, Any]]
) -> None:
    draft = write(title="Zephyrine in winter")
    path = f"/api/pitches/{draft['id']}"
    assert draft["status"] == "draft"
    assert draft["genre"] == "drama"
    for stranger in (None, rival, investor):
        hidden = api.ask("GET", path, by=stranger)
        absent = api.ask("GET", f"/api/pitches/{uuid.uuid4()}", by=stranger)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json()
    assert api.ask("GET", path, by=creator).json()["whole"]["synopsis"] == PITCH["synopsis"]

    tag = {"if-match": api.ask("GET", path, by=creator).headers["etag"]}
    published = api.ask("PATCH", path, by=creator, json={"status": "published"}, headers=tag)
    assert published.status_code == 200, published.text
    assert published.json()["revision"] == 2
    shown = api.ask("GET", path)
    assert shown.status_code == 200
    assert shown.json()["whole"] is None
    found = api.ask("GET", "/api/pitches?q=zephyrine").json()["pitches"]
    assert [each["id"] for each in found] == [draft["id"]]

    tag = {"if-match": published.headers["etag"]}
    assert (
        api.ask("PATCH", path, by=creator, json={"status": "archived"}, headers=tag).status_code
        == 200
    )
    assert api.ask("GET", path).status_code == 404
    assert api.ask("GET", path, by=investor).status_code == 404
    assert api.ask("GET", "/api/pitches?q=zephyrine").json()["pitches"] == []


def test_a_change_names_the_revision_that_it_was_made_from(
    api: Api, creator: Person, write: Callable[..., dict[str, Any]]
) -> None:
    path = f"/api/pitches/{write()['id']}"
    change = {"title": "Another"}
    assert api.ask("PATCH", path, by=creator, json=change).status_code == 428
    first = api.ask("PATCH", path, by=creator, json=change, headers={"if-match": '"r1"'})
    assert first.json()["title"] == "Another"
    lost = api.ask("PATCH", path, by=creator, json={"title": "C"}, headers={"if-match": '"r1"'})
    assert lost.status_code == 412
    assert api.ask("GET", path, by=creator).json()["title"] == "Another"


def test_a_pitch_is_changed_by_its_creator_alone(
    api: Api,
    rival: Person,
    investor: Person,
    write: Callable[..., dict[str, Any]],
) -> None:
    draft, published = write(), write(status="published")
    tag = {"if-match": "*"}
    for pitch, by, status in (
        (draft, rival, 404),
        (published, rival, 403),
        (published, investor, 403),
        (published, None, 401),
    ):
        path = f"/api/pitches/{pitch['id']}"
        answer = api.ask("PATCH", path, by=by, json={"title": "Mine now"}, headers=tag)
        assert answer.status_code == status
    assert api.ask("POST", "/api/pitches", by=investor, json=PITCH).status_code == 403
    assert api.ask("POST", "/api/pitches", json=PITCH).status_code == 401


def test_lists_go_on_without_a_gap_or_a_double(api: Api) -> None:
    whole = [p["id"] for p in api.ask("GET", "/api/pitches?genre=drama&limit=30").json()["pitches"]]
    paged: list[str] = []
    cursor = ""
    while len(paged) < len(whole):
        said = api.ask("GET", f"/api/pitches?genre=drama&limit=7{cursor}").json()
        paged += [p["id"] for p in said["pitches"]]
        cursor = f"&cursor={said['next']}"
    assert paged[: len(whole)] == whole
    words = api.ask("GET", "/api/pitches?q=letters&limit=20").json()
    first = api.ask("GET", "/api/pitches?q=letters&limit=10").json()
    rest = api.ask("GET", f"/api/pitches?q=letters&limit=10&cursor={first['next']}").json()
    assert [p["id"] for p in first["pitches"] + rest["pitches"]] == [
        p["id"] for p in words["pitches"]
    ]
    assert api.ask("GET", f"/api/pitches?cursor={first['next']}").status_code == 400


def test_what_is_seen_most_while_it_is_new_is_in_demand(api: Api) -> None:
    said = api.ask("GET", "/api/pitches/trending?limit=10").json()["pitches"]
    now = datetime.now(UTC)

    def demand(pitch: dict[str, Any]) -> float:
        age = (now - datetime.fromisoformat(pitch["publishedAt"])).total_seconds() / 86400
        views: int = pitch["views"]
        return views / (1 + age)

    assert len(said) == 10
    assert [demand(p) for p in said] == sorted(map(demand, said), reverse=True)


def test_views_are_counted_without_a_write_for_each(
    api: Api, creator: Person, write: Callable[..., dict[str, Any]]
) -> None:
    path = f"/api/pitches/{write(status='published')['id']}"
    for _ in range(3):
        assert api.ask("GET", path).status_code == 200
    # The creator's own look counts too, so that what is asked for is a lower bound.
    assert eventually(lambda: api.ask("GET", path, by=creator).json()["views"] >= 3)


# NDAs: investors and production companies ask, creators answer


def test_an_nda_opens_a_pitch_to_who_was_granted_it_alone(
    api: Api,
    creator: Person,
    rival: Person,
    investor: Person,
    production: Person,
    write: Callable[..., dict[str, Any]],
) -> None:
    pitch = write(status="published")
    path = f"/api/pitches/{pitch['id']}"
    upload = api.ask(
        "POST",
        f"{path}/uploads?name=deck.pdf",
        by=creator,
        content=PDF,
        headers={"content-type": "application/pdf"},
    )
    assert upload.status_code == 201, upload.text
    file = f"/api/uploads/{upload.json()['id']}"

    asked = api.ask("POST", f"{path}/ndas", by=investor, json={"message": "Please"})
    assert asked.status_code == 201
    again = api.ask("POST", f"{path}/ndas", by=investor, json={})
    assert (again.status_code, again.json()) == (200, asked.json())
    assert api.ask("POST", f"{path}/ndas", by=rival, json={}).status_code == 403
    nda = f"/api/ndas/{asked.json()['id']}"

    def looks(by: Person | None) -> tuple[object, int]:
        return api.ask("GET", path, by=by).json()["whole"], api.ask("GET", file, by=by).status_code

    for stranger, status in ((None, 401), (rival, 404), (investor, 404), (production, 404)):
        assert looks(stranger) == (None, status)

    for stranger, status in ((rival, 404), (production, 404), (investor, 403), (None, 401)):
        assert api.ask("PATCH", nda, by=stranger, json={"status": "granted"}).status_code == status
    granted = api.ask("PATCH", nda, by=creator, json={"status": "granted"})
    assert granted.status_code == 200
    assert granted.json()["status"] == "granted"

    seen = api.ask("GET", path, by=investor)
    assert seen.json()["whole"]["synopsis"] == PITCH["synopsis"]
    assert seen.json()["nda"]["status"] == "granted"
    assert "no-store" in seen.headers["cache-control"]
    assert [each["name"] for each in seen.json()["whole"]["uploads"]] == ["deck.pdf"]
    assert api.ask("GET", file, by=investor).content == PDF
    for stranger, status in ((None, 401), (rival, 404), (production, 404)):
        assert looks(stranger) == (None, status)

    assert api.ask("PATCH", nda, by=creator, json={"status": "refused"}).status_code == 200
    assert looks(investor) == (None, 404)


def test_an_nda_is_not_asked_for_of_what_one_does_not_see(
    api: Api, investor: Person, write: Callable[..., dict[str, Any]]
) -> None:
    for id in (write()["id"], str(uuid.uuid4()), "x"):
        assert api.ask("POST", f"/api/pitches/{id}/ndas", by=investor, json={}).status_code == 404


def test_ndas_are_listed_to_both_sides_and_nobody_else(
    api: Api,
    creator: Person,
    rival: Person,
    investor: Person,
    production: Person,
    write: Callable[..., dict[str, Any]],
) -> None:
    made = []
    for _ in range(3):
        path = f"/api/pitches/{write(status='published')['id']}/ndas"
        made.append(api.ask("POST", path, by=production, json={}).json()["id"])
    for by in (production, creator):
        page = api.ask("GET", "/api/ndas?status=requested&limit=2", by=by).json()
        rest = api.ask("GET", f"/api/ndas?status=requested&limit=2&cursor={page['next']}", by=by)
        assert [n["id"] for n in page["ndas"] + rest.json()["ndas"]][:3] == made[::-1]
    for by in (rival, investor):
        assert not {n["id"] for n in api.ask("GET", "/api/ndas", by=by).json()["ndas"]} & {*made}


# Files


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"<script>alert(1)</script>", "application/pdf", 415),
        (b"<script>alert(1)</script>", "text/html", 415),
        (PDF, "image/png", 415),
        (b"", "application/pdf", 400),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    api: Api,
    creator: Person,
    write: Callable[..., dict[str, Any]],
    content: bytes,
    type: str,
    status: int,
) -> None:
    id = write()["id"]
    answer = api.ask(
        "POST",
        f"/api/pitches/{id}/uploads?name=a",
        by=creator,
        content=content,
        headers={"content-type": type},
    )
    assert answer.status_code == status
    assert api.ask("GET", f"/api/pitches/{id}", by=creator).json()["whole"]["uploads"] == []


def test_a_file_comes_back_whole_in_part_or_not_at_all(
    api: Api, creator: Person, rival: Person, write: Callable[..., dict[str, Any]]
) -> None:
    id = write()["id"]
    sent = {"content-type": "application/pdf"}
    path = f"/api/pitches/{id}/uploads?name=..%2F..%2Fdeck%20%C3%A9.pdf"
    assert api.ask("POST", path, by=rival, content=PDF, headers=sent).status_code == 404
    kept = api.ask("POST", path, by=creator, content=PDF, headers=sent).json()
    assert kept["bytes"] == len(PDF)
    assert kept["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert "/" not in kept["name"]
    file = f"/api/uploads/{kept['id']}"

    whole = api.ask("GET", file, by=creator)
    assert whole.content == PDF
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = api.ask("GET", file, by=creator, headers={"range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, PDF[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{len(PDF)}"
    tail = api.ask("GET", file, by=creator, headers={"range": "bytes=-4"})
    assert (tail.status_code, tail.content) == (206, PDF[-4:])
    beyond = api.ask("GET", file, by=creator, headers={"range": f"bytes={len(PDF)}-"})
    assert beyond.status_code == 416
    same = api.ask("GET", file, by=creator, headers={"if-none-match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


# Saved pitches and dashboards


def test_saved_pitches_are_ones_own(
    api: Api,
    creator: Person,
    investor: Person,
    production: Person,
    write: Callable[..., dict[str, Any]],
) -> None:
    pitch, draft = write(status="published")["id"], write()["id"]
    assert api.ask("PUT", f"/api/saved/{pitch}", by=creator).status_code == 403
    assert api.ask("PUT", f"/api/saved/{draft}", by=investor).status_code == 404
    for _ in range(2):
        assert api.ask("PUT", f"/api/saved/{pitch}", by=investor).status_code == 204

    def saved(by: Person) -> list[str]:
        board = api.ask("GET", f"/api/dashboards/{by.role}", by=by).json()
        return [each["id"] for each in board["saved"]]

    def told(by: Person | None) -> bool:
        return api.ask("GET", f"/api/pitches/{pitch}", by=by).json()["saved"]

    assert pitch in saved(investor)
    assert pitch not in saved(production)
    assert [told(investor), told(production), told(creator), told(None)] == [True, *[False] * 3]
    for _ in range(2):
        assert api.ask("DELETE", f"/api/saved/{pitch}", by=investor).status_code == 204
    assert pitch not in saved(investor)
    assert told(investor) is False


def test_each_portal_has_a_dashboard_for_its_own_role(
    api: Api,
    creator: Person,
    investor: Person,
    production: Person,
    write: Callable[..., dict[str, Any]],
) -> None:
    pitch = write(status="published", title="Seen from both sides")["id"]
    nda = api.ask("POST", f"/api/pitches/{pitch}/ndas", by=production, json={}).json()["id"]

    def board(by: Person) -> dict[str, Any]:
        said: dict[str, Any] = api.ask("GET", f"/api/dashboards/{by.role}", by=by).json()
        assert said["portal"] == by.role
        return said

    assert nda in [each["id"] for each in board(creator)["waiting"]]
    assert pitch in [each["id"] for each in board(creator)["pitches"]]
    assert pitch not in [each["id"] for each in board(production)["opened"]]
    assert nda not in [each["id"] for each in board(investor)["requests"]]
    api.ask("PATCH", f"/api/ndas/{nda}", by=creator, json={"status": "granted"})
    assert nda not in [each["id"] for each in board(creator)["waiting"]]
    assert pitch in [each["id"] for each in board(production)["opened"]]
    assert api.ask("GET", "/api/dashboards/creator", by=investor).status_code == 403
    assert api.ask("GET", "/api/dashboards/creator").status_code == 401
    assert api.ask("GET", "/api/dashboards/admin", by=investor).status_code == 404


# What a client may get wrong


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b'{"title": "a", "title": "b"}', "application/json", 400),
        (b'{"t": ' + b"[" * 9 + b"]" * 9 + b"}", "application/json", 400),
        (b'{"title": "' + b"a" * 70_000 + b'"}', "application/json", 413),
        (b"title=a", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=utf-16", 415),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (json.dumps({**PITCH, "admin": True}).encode(), "application/json", 422),
        (json.dumps({**PITCH, "budget": -1}).encode(), "application/json", 422),
        (json.dumps({**PITCH, "budget": 1e300}).encode(), "application/json", 422),
        (json.dumps({**PITCH, "title": "a\x00b"}).encode(), "application/json", 422),
        (json.dumps({**PITCH, "title": "\ud800"}).encode(), "application/json", 422),
        (json.dumps({**PITCH, "title": "  "}).encode(), "application/json", 422),
    ],
)
def test_a_body_is_read_strictly(
    api: Api, creator: Person, content: bytes, type: str, status: int
) -> None:
    headers = {"content-type": type}
    answer = api.ask("POST", "/api/pitches", by=creator, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "format=poem", "cursor=x", "q=", "q=%00",
     "unknown=1", "cursor=WyJuZXdlc3QiLCIxIiwieCJd", "genre=%FF%FE%00"],
)  # fmt: skip
def test_a_query_is_read_strictly(api: Api, query: str) -> None:
    assert api.ask("GET", f"/api/pitches?{query}").status_code == 400


@pytest.mark.parametrize(
    "words",
    ["'; drop table people; --", "&|!():*", '"', "a & b | !c", "%", "\\", "the", "<->", "😀"],
)
def test_any_words_can_be_looked_for(api: Api, words: str) -> None:
    query = httpx.QueryParams({"q": words})
    assert api.ask("GET", f"/api/pitches?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api//pitches", "/api/pitches/", "/api/%70itches",
             "/api/pitches/x", "/api/nothing", "/API/pitches"],
)  # fmt: skip
def test_a_path_has_one_spelling(api: Api, path: str) -> None:
    answer = api.ask("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_methods_are_told(api: Api) -> None:
    refused = api.ask("DELETE", "/api/pitches")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    asked = api.ask("OPTIONS", "/api/pitches/trending")
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    head = api.ask("HEAD", "/api/pitches")
    assert (head.status_code, head.content) == (200, b"")


def test_the_application_tells_how_it_is(api: Api) -> None:
    health = api.ask("GET", "/api/health")
    assert health.status_code == 200, health.text
    for name in ("DATABASE", "UPLOADS", "REDIS"):
        assert health.json()["dependencies"][name]["status"] == "ok", name
    assert api.ask("GET", "/api/version").json()["environment"] == "staging"


def test_every_route_was_asked_for_and_answered_as_described(api: Api) -> None:
    described = {
        (method.upper(), path)
        for path, operations in api.description["paths"].items()
        for method in operations
    }
    well = {(method, path) for method, path, status in api.seen if status < 400}
    assert described - well == set()
