"""What Redis keeps is outdated by the generations of its tags, and every isolate is told."""

from __future__ import annotations

import httpx
import pytest

from delivery.errors import FailedError
from tests.unit.delivery.cache.redis_server import TOKEN, URL, RedisServer


def generations(*tags: str) -> dict[str, str]:
    return {f"generation:{tag}": "old" for tag in tags}


def test_a_tag_has_another_generation_and_the_others_their_own() -> None:
    server = RedisServer(generations("pitches", "pitch:1"))
    server.client().renew(["pitches"])
    assert server.values["generation:pitches"] != "old"
    assert server.values["generation:pitch:1"] == "old"
    assert server.changes == [(1, ["pitches"])]


def test_many_are_told_in_parts_of_one_pipeline_each() -> None:
    server = RedisServer()
    tags = [f"pitch:{number}" for number in range(250)]
    server.client().renew(tags)
    assert server.pipelines == [101, 101, 51]
    assert [tag for _, some in server.changes for tag in some] == tags
    assert len(set(server.values.values())) == 250


def test_very_many_begin_the_list_of_changes_anew() -> None:
    server = RedisServer()
    server.client().renew(["before"])
    server.client().renew([f"pitch:{number}" for number in range(1001)])
    assert server.changes == [(2, [])]
    assert len(server.values) == 1002


def test_of_everything_no_generation_is_left_and_places_go_on_growing() -> None:
    tags = [f"pitch:{number:03}" for number in range(20)]
    server = RedisServer({**generations(*tags), "entry:1:x": "kept", "lock:1:x": "kept"})
    server.client().renew(["pitches"])
    assert server.client().renew_all() == 21
    assert server.values == {"entry:1:x": "kept", "lock:1:x": "kept"}
    assert server.changes == [(2, [])]


def test_tags_are_found_by_how_they_begin() -> None:
    server = RedisServer(generations("pitch:7c1", "pitch:7c2", "pitch:8", "pitches"))
    assert server.client().tags("pitch:7c") == ["pitch:7c1", "pitch:7c2"]
    assert server.client().tags("pitch:9") == []


@pytest.mark.parametrize("mood", [503, 429, httpx.ConnectError("no"), httpx.ReadTimeout("late")])
def test_it_is_asked_again_and_not_for_ever(mood: int | Exception) -> None:
    server = RedisServer(moods=[mood] * 3)
    server.client().renew(["pitches"])
    assert len(server.changes) == 1
    server.moods = [mood] * 4
    with pytest.raises(FailedError, match="Redis does not answer: "):
        server.client().renew(["pitches"])


@pytest.mark.parametrize(
    ("server", "what"),
    [
        (RedisServer(moods=[200]), "not as Redis does"),
        (RedisServer(moods=[404]), "HTTP 404"),
        (RedisServer(token="another"), "refuses the stack's token"),
        (RedisServer(moods=[httpx.ConnectError(URL)] * 4), "does not answer: ConnectError"),
    ],
)
def test_neither_address_nor_token_is_told(server: RedisServer, what: str) -> None:
    with pytest.raises(FailedError, match=what) as caught:
        server.client().renew(["pitches"])
    told = f"{caught.value.what} {caught.value.hint} {server.client()!r}"
    assert TOKEN not in told
    assert "nobody-sees" not in told
