"""What is asked for most, as Analytics Engine tells it."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from delivery.cache.asked import Asked, most_asked
from delivery.errors import FailedError

Mood = httpx.Response | Exception


def asked(moods: Sequence[Mood], top: int = 10) -> tuple[list[Asked], list[str]]:
    """What is told, and the queries."""
    queries: list[str] = []
    left = list(moods)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/accounts/acc/analytics_engine/sql"
        queries.append(request.content.decode())
        mood = left.pop(0)
        if isinstance(mood, Exception):
            raise mood
        return mood

    api = httpx.Client(base_url="https://c.example", transport=httpx.MockTransport(answer))
    return most_asked(api, "acc", "pitchey_staging", top, sleep=lambda _s: None), queries


def rows(*pairs: tuple[str, object]) -> httpx.Response:
    return httpx.Response(200, json={"data": [{"path": p, "times": t} for p, t in pairs]})


def test_it_is_a_list_of_paths_as_often_as_they_were_asked_for() -> None:
    found, [query] = asked([rows(("/api/pitches", "41.0"), ("/api/pitches/7c9e", 3))])
    assert found == [Asked("/api/pitches", 41), Asked("/api/pitches/7c9e", 3)]
    assert "FROM pitchey_staging " in query
    assert "LIMIT 10 " in query


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example", "/flags/x", "/api/x?q=a b", "/api/x\n", "/api/" + "x" * 200],
)  # fmt: skip
def test_what_is_no_path_of_the_api_is_not_asked_for(path: str) -> None:
    assert asked([rows((path, 1), ("/api/pitches", 1))])[0] == [Asked("/api/pitches", 1)]


def test_where_nothing_was_ever_written_there_is_nothing() -> None:
    nothing = httpx.Response(422, text="Error: dataset pitchey_staging does not exist: nothing was")
    assert asked([nothing])[0] == []


def test_it_is_asked_again_and_not_for_ever() -> None:
    busy: list[Mood] = [httpx.Response(503), httpx.ReadTimeout("late")]
    assert asked([*busy, rows()])[0] == []
    with pytest.raises(FailedError, match="Analytics Engine does not answer: HTTP 429"):
        asked([*busy, httpx.Response(429)])


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (httpx.Response(403, text="no\nright"), "answered 403: no right"),
        (httpx.Response(200, text="rubbish"), "makes no sense"),
        (httpx.Response(200, json={"data": [{"path": "/api/x"}]}), "makes no sense"),
    ],
)
def test_an_answer_that_is_none_is_one_line(answer: httpx.Response, what: str) -> None:
    with pytest.raises(FailedError, match=what):
        asked([answer])
