"""What is to be purged, and what each cache calls it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from delivery.cache.purge import Purge, Serving, batches, purge_of
from delivery.errors import RefusedError

API = "https://api.pitchey.example"
ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def purge(
    tags: Sequence[str] = (),
    prefixes: Sequence[str] = (),
    urls: Sequence[str] = (),
    *,
    everything: bool = False,
) -> Purge:
    return purge_of(
        tags, prefixes, urls, everything=everything, api_url=API, zone="pitchey.example"
    )


def test_a_path_is_one_of_the_api() -> None:
    wanted = purge(prefixes=["/api/pitches/"], urls=["/api/pitches?limit=3#top"])
    assert wanted.prefixes == ("api.pitchey.example/api/pitches/",)
    assert wanted.urls == (f"{API}/api/pitches?limit=3",)
    assert str(wanted) == f"api.pitchey.example/api/pitches/*, {API}/api/pitches?limit=3"


@pytest.mark.parametrize("scheme", ["", "https://", "http://"])
def test_a_prefix_has_no_scheme_in_the_end(scheme: str) -> None:
    assert purge(prefixes=[f"{scheme}app.pitchey.example/x"]).prefixes == ("app.pitchey.example/x",)


@pytest.mark.parametrize(
    ("prefix", "tags", "beginnings"),
    [
        ("/", ["pitches"], ["pitch:"]),
        ("/api/pitches", ["pitches"], ["pitch:"]),
        ("/api/pitches/", ["pitches"], ["pitch:"]),
        ("/api/pitches/tr", ["pitches"], []),
        ("/api/pitches/7c9e", [], ["pitch:7c9e"]),
        (f"/api/pitches/{ID}", [], [f"pitch:{ID}"]),
        ("/api/pitches/*", [], []),
        ("/api/people", [], []),
    ],
)
def test_redis_knows_a_prefix_by_the_tags_of_what_is_under_it(
    prefix: str, tags: list[str], beginnings: list[str]
) -> None:
    wanted = purge(prefixes=[prefix])
    assert (wanted.known_tags(), wanted.tag_beginnings()) == (tags, beginnings)


@pytest.mark.parametrize(
    ("url", "tags"),
    [
        ("/api/pitches?genre=drama", ["pitches"]),
        ("/api/pitches/trending", ["pitches"]),
        (f"/api/pitches/{ID}", [f"pitch:{ID}"]),
        ("/api/people/me", []),
    ],
)
def test_redis_knows_a_url_by_the_tags_of_what_is_there(url: str, tags: list[str]) -> None:
    assert purge(urls=[url]).known_tags() == tags


def test_the_zone_has_a_url_by_the_keys_of_the_versions_that_serve() -> None:
    wanted = purge(urls=["/api/pitches?q=a+b~*&genre=drama"])
    key = "?genre=drama&q=a+b%7E*&__made-for=%5B%22version-{}%22%2C%22%22%2C%22second%22%5D"
    assert wanted.files(Serving(("version-1", "version-2"), "second")) == [
        f"{API}/api/pitches?q=a+b~*&genre=drama",
        f"{API}/api/pitches{key.format(1)}",
        f"{API}/api/pitches{key.format(2)}",
    ]


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        (purge(tags=["pitches"]), ["/api/pitches", "/api/pitches/trending"]),
        (purge(tags=[f"pitch:{ID}"]), [f"/api/pitches/{ID}"]),
        (purge(tags=["pitch:x", "other"]), []),
        (purge(everything=True), ["/api/pitches", "/api/pitches/trending"]),
        (purge(urls=["/api/pitches?limit=1"]), ["/api/pitches?limit=1", "/api/pitches", "/api/pitches/trending"]),
        (purge(prefixes=[f"/api/pitches/{ID}"]), [f"/api/pitches/{ID}"]),
        (purge(prefixes=["/api/pitches/7c9e"]), []),
    ],
)  # fmt: skip
def test_where_one_sees_that_it_is_gone(wanted: Purge, paths: list[str]) -> None:
    assert wanted.shown_at(API) == [API + path for path in paths]


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({}, "nothing is named"),
        ({"tags": ["a"], "everything": True}, "--everything is all there is"),
        ({"tags": ["a b"]}, "'a b' is no tag"),
        ({"tags": ["a,b"]}, "is no tag"),
        ({"tags": [""]}, "is no tag"),
        ({"urls": ["api/pitches"]}, "'api/pitches' is no URL"),
        ({"urls": ["ftp://api.pitchey.example/"]}, "is no URL"),
        ({"urls": ["https://other.example/"]}, "other.example is not in the stack's zone"),
        ({"urls": ["https://notpitchey.example/"]}, "is not in the stack's zone"),
        ({"prefixes": ["api.other.example/x"]}, "is not in the stack's zone"),
        ({"prefixes": ["/api/pitches?limit=1"]}, "has a query"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, list[str]], what: str) -> None:
    with pytest.raises(RefusedError, match=what):
        purge(**asked)  # pyright: ignore[reportArgumentType]


def test_batches_are_whole() -> None:
    assert [list(some) for some in batches(list("abcde"), 2)] == [["a", "b"], ["c", "d"], ["e"]]
