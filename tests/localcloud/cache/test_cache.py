"""The Cache API of Workers: what is kept, how it is matched, how it leaves."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from localcloud.edge.model import EdgeState, HostRoute, ZoneTraffic
from tests.localcloud.edge.conftest import (
    ACCOUNT,
    HOST,
    Local,
    deployment,
    state,
    until,
    version,
)

ZONE = "00000000000000000000000000000b01"
KEY = f"https://{HOST}/thing?size=1"
WORKER = """
const open = (name) => name ? caches.open(name) : caches.default;
export default { async fetch(request) {
  const asked = request.headers.get("asked");
  if (!asked) return new Response("{V}");
  const { act, key, name, method, headers, status, body, sent, ignoreMethod } = JSON.parse(asked);
  const cache = await open(name);
  const what = new Request(key, { method, headers: sent });
  try {
    if (act === "put") {
      const response = new Response(body, { status, headers });
      await cache.put(what, response);
      return Response.json("kept");
    }
    if (act === "delete") return Response.json(await cache.delete(what, { ignoreMethod }));
    return await cache.match(what, { ignoreMethod }) ?? Response.json("none");
  } catch (error) { return Response.json(String(error)); }
} };
"""


def _zone(name: str = "example.com", id: str = ZONE, account: str = ACCOUNT) -> ZoneTraffic:
    return ZoneTraffic(id, name, always_use_https=False, min_tls_version="1.0", hsts=None, account=account)  # fmt: skip


def _serving(*zones: ZoneTraffic, **more: Any) -> EdgeState:
    return state(deployment((version(WORKER), 100)), zones=zones or (_zone(),), **more)


class Cache:
    """What a Worker does with its cache."""

    def __init__(self, local: Local, host: str = HOST) -> None:
        self.local = local
        self._host = host

    async def _ask(self, act: str, key: str, **more: Any) -> httpx.Response:
        asked = json.dumps({"act": act, "key": key, **more})
        return await self.local.get(host=self._host, headers={"asked": asked})

    async def put(self, key: str = KEY, body: str | None = "0123456789", **more: Any) -> str:
        return (await self._ask("put", key, body=body, **more)).json()

    async def match(self, key: str = KEY, **more: Any) -> httpx.Response:
        return await self._ask("match", key, **more)

    async def text(self, key: str = KEY, **more: Any) -> str:
        return (await self.match(key, **more)).text

    async def delete(self, key: str = KEY, **more: Any) -> bool:
        return (await self._ask("delete", key, **more)).json()


@pytest.fixture
async def cache(local: Local) -> Cache:
    await local.edge.apply(_serving())
    return Cache(local)


NONE = '"none"'


async def test_what_was_put_is_matched_with_its_headers_until_it_is_deleted(cache: Cache) -> None:
    assert await cache.text() == NONE
    headers = {"content-type": "text/x-thing", "etag": '"1"', "cache-control": "max-age=60"}
    assert await cache.put(headers=headers) == "kept"
    found = await cache.match()
    assert found.text == "0123456789"
    assert {name: found.headers[name] for name in headers} == headers
    assert found.headers["cf-cache-status"] == "HIT"
    assert found.headers["age"] == "0"
    assert await cache.delete() is True
    assert await cache.delete() is False
    assert await cache.text() == NONE


async def test_the_whole_url_is_the_key_and_each_name_is_a_cache_of_its_own(cache: Cache) -> None:
    await cache.put(body="default")
    await cache.put(body="named", name="images")
    assert await cache.text() == "default"
    assert await cache.text(name="images") == "named"
    assert await cache.text(name="other") == NONE
    for other in (KEY + "&x", KEY.replace("https", "http"), KEY.replace("api.", "www.")):
        assert await cache.text(other) == NONE
    assert await cache.text(KEY + "#part") == "default"
    # Vary is ignored, and headers of the key say nothing.
    await cache.put(body="varies", headers={"vary": "accept-language"}, sent={"accept-language": "de"})  # fmt: skip
    assert await cache.text(sent={"accept-language": "fr"}) == "varies"


@pytest.mark.parametrize(
    ("status", "headers", "kept"),
    [
        (200, {}, True),
        (301, {}, True),
        (404, {}, True),
        (500, {}, False),
        (500, {"cache-control": "max-age=9"}, True),
        (200, {"cache-control": "no-store"}, False),
        (200, {"cache-control": "private, max-age=9"}, False),
        (200, {"cache-control": "no-cache"}, False),
        (200, {"cache-control": "max-age=0"}, False),
        (200, {"cache-control": "max-age=0, s-maxage=9"}, True),
        (200, {"cache-control": "max-age=9, s-maxage=0"}, False),
        (200, {"cache-control": "max-age=9", "cdn-cache-control": "no-store"}, False),
        (200, {"expires": "Thu, 01 Jan 2015 00:00:00 GMT"}, False),
        (200, {"expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, True),
        (200, {"expires": "0"}, False),
        (200, {"set-cookie": "a=b", "cache-control": "max-age=9"}, False),
        (200, {"set-cookie": "a=b", "cache-control": 'private="Set-Cookie", max-age=9'}, True),
        (200, {"set-cookie": "a=b", "cache-control": "private=Set-Cookie"}, True),
    ],
)
async def test_what_headers_and_status_say_is_kept(
    cache: Cache, status: int, headers: dict[str, str], kept: bool
) -> None:
    assert await cache.put(status=status, headers=headers) == "kept"
    found = await cache.match()
    assert (found.text == "0123456789") is kept
    assert "set-cookie" not in found.headers
    assert not kept or found.status_code == status


async def test_what_is_no_longer_fresh_is_gone(cache: Cache) -> None:
    await cache.put(headers={"cache-control": "max-age=1"})
    assert await cache.text() == "0123456789"
    ends = 100
    while await cache.text() != NONE:
        ends -= 1
        assert ends
        await until(_after(0.05))
    assert await cache.delete() is False


def _after(seconds: float) -> Any:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


async def test_puts_that_throw(cache: Cache) -> None:
    assert "non-GET" in await cache.put(method="POST")
    assert "206" in await cache.put(status=206)
    assert "Vary: *" in await cache.put(headers={"vary": "*"})
    assert await cache.text() == NONE


async def test_methods_other_than_get_find_nothing_unless_the_method_is_ignored(
    cache: Cache,
) -> None:
    await cache.put()
    assert await cache.text(method="HEAD") == NONE
    assert await cache.text(method="POST", ignoreMethod=True) == "0123456789"
    assert await cache.delete(method="POST") is False
    assert await cache.delete(method="POST", ignoreMethod=True) is True


async def test_conditions_are_answered_by_the_cache(cache: Cache) -> None:
    modified = "Thu, 01 Jan 2026 00:00:00 GMT"
    await cache.put(headers={"etag": 'W/"a"', "last-modified": modified})
    same = await cache.match(sent={"if-none-match": '"b", "a"'})
    assert (same.status_code, same.text, same.headers["etag"]) == (304, "", 'W/"a"')
    assert (await cache.match(sent={"if-none-match": "*"})).status_code == 304
    both = {"if-none-match": '"b"', "if-modified-since": modified}
    assert (await cache.match(sent=both)).status_code == 200
    assert (await cache.match(sent={"if-modified-since": modified})).status_code == 304
    earlier = "Wed, 31 Dec 2025 23:59:59 GMT"
    assert (await cache.match(sent={"if-modified-since": earlier})).status_code == 200
    assert (await cache.match(sent={"if-modified-since": "yesterday"})).status_code == 200


@pytest.mark.parametrize(
    ("range", "status", "text", "told"),
    [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-30", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=8-100", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=4-2", 200, "0123456789", None),
        ("lines=1-2", 200, "0123456789", None),
    ],
)
async def test_ranges(cache: Cache, range: str, status: int, text: str, told: str | None) -> None:
    await cache.put(headers={"etag": '"a"'})
    found = await cache.match(sent={"range": range})
    assert (found.status_code, found.text, found.headers.get("content-range")) == (status, text, told)  # fmt: skip
    whole = await cache.match(sent={"range": range, "if-range": '"b"'})
    assert (whole.status_code, whole.text) == (200, "0123456789")


async def test_an_empty_answer_and_a_streamed_one(cache: Cache) -> None:
    await cache.put(body=None, status=204, headers={"cache-control": "max-age=60"})
    assert (await cache.match()).status_code == 204
    await cache.put(body="")
    assert (await cache.match()).text == ""


async def test_a_new_version_finds_what_the_old_one_kept(local: Local, cache: Cache) -> None:
    await cache.put()
    await local.edge.apply(_serving())
    assert await cache.text() == "0123456789"


async def test_no_cache_without_a_zone(local: Local) -> None:
    """As Cloudflare documents: on workers.dev operations of the cache have no effect."""
    dev = "api.me.workers.dev"
    await local.edge.apply(_serving(hosts={dev: "api"}))
    cache = Cache(local, dev)
    for key in (f"https://{dev}/", "https://made.up/"):
        assert await cache.put(key) == "kept"
        assert await cache.text(key) == NONE
        assert await cache.delete(key) is False


async def test_keys_on_workers_dev_are_in_no_cache_whoever_asks(local: Local) -> None:
    dev = "api.me.workers.dev"
    await local.edge.apply(_serving(hosts={dev: "api", HOST: "api"}))
    cache = Cache(local)
    await cache.put(f"https://{dev}/")
    assert await cache.text(f"https://{dev}/") == NONE
    await cache.put()
    assert await cache.text() == "0123456789"


async def test_made_up_hosts_are_in_the_cache_of_the_workers_zone(
    local: Local, cache: Cache
) -> None:
    await cache.put("https://made.up/1")
    assert await cache.text("https://made.up/1") == "0123456789"
    await local.edge.purge("another zone", "everything", ())
    assert await cache.text("https://made.up/1") == "0123456789"
    await local.edge.purge(ZONE, "everything", ())
    assert await cache.text("https://made.up/1") == NONE


async def test_accounts_do_not_share(local: Local) -> None:
    other = version(WORKER, script="theirs")
    other = replace(other, account="f" * 32)
    theirs = HostRoute("theirs.org/*", "theirs", "f" * 32)
    mine = deployment((version(WORKER), 100))
    zones = (_zone(), _zone("theirs.org", "f" * 32, "f" * 32))
    await local.edge.apply(
        state(mine, deployment((other, 100)), hosts={HOST: "api"}, routes=(theirs,), zones=zones)
    )
    await Cache(local).put()
    assert await Cache(local, "theirs.org").text() == NONE
    await Cache(local, "theirs.org").put(body="theirs")
    assert await Cache(local).text() == "0123456789"


@pytest.mark.parametrize(
    ("kind", "wanted", "gone"),
    [
        ("everything", [], "abc"),
        ("files", [f"https://{HOST}/img/a?x=1"], "a"),
        ("files", [f"https://{HOST}/img/a"], ""),
        ("tags", ["red"], "ab"),
        ("tags", ["BLUE"], "b"),
        ("tags", ["re"], ""),
        ("hosts", [HOST], "ab"),
        ("hosts", ["example.com"], ""),
        ("prefixes", [f"{HOST}/img"], "a"),
        ("prefixes", [f"{HOST}/img/b", "www.example.com/"], "c"),
    ],
)
async def test_purges(local: Local, cache: Cache, kind: str, wanted: list[str], gone: str) -> None:
    kept = {
        "a": (f"https://{HOST}/img/a?x=1", "Red"),
        "b": (f"https://{HOST}/b", "red, blue"),
        "c": ("https://www.example.com/c", "green"),
    }
    for name, (key, tags) in kept.items():
        await cache.put(key, name, headers={"cache-tag": tags})
    await local.edge.purge(ZONE, kind, wanted)
    left = {name for name, (key, _) in kept.items() if await cache.text(key) == name}
    assert left == set("abc") - set(gone)


async def test_tags_do_not_reach_visitors(cache: Cache) -> None:
    await cache.put(headers={"cache-tag": "red", "x-other": "1"})
    found = await cache.match()
    assert "cache-tag" not in found.headers
    assert found.headers["x-other"] == "1"


async def test_a_worker_of_no_cache_costs_no_process_and_a_dead_cache_starts_empty(
    local: Local,
) -> None:
    await local.edge.apply(_serving())
    assert await local.text() != NONE
    assert "colo" not in [process.name for process in local.edge.processes()]
    await local.edge.purge(ZONE, "everything", ())
    cache = Cache(local)
    await cache.put()
    first = local.pid("colo")
    os.kill(first, signal.SIGKILL)
    await until(lambda: any(p.name == "colo" and p.pid != first for p in local.edge.processes()))
    assert await cache.text() == NONE
    assert await cache.put() == "kept"
    assert await cache.text() == "0123456789"


async def test_the_least_recently_used_goes_first(cache: Cache) -> None:
    """Of 60 MiB each, four are within 256 MiB."""
    large = """
    export default { async fetch(request) {
      const url = new URL(request.url);
      const key = "https://HOST" + url.pathname;
      if (request.headers.get("put")) {
        await caches.default.put(key, new Response(new Uint8Array(60 << 20)));
        return new Response("kept");
      }
      const found = await caches.default.match(key);
      await found?.body.cancel();
      return new Response(found ? "found" : "none");
    } };
    """.replace("HOST", HOST)
    local = cache.local
    await local.edge.apply(state(deployment((version(large), 100)), zones=(_zone(),)))
    for name in "abcd":
        await local.text(f"/{name}", headers={"put": "1"})
    assert await local.text("/a") == "found"
    await local.text("/e", headers={"put": "1"})
    assert [await local.text(f"/{name}") for name in "abcde"] == [
        "found", "none", "found", "found", "found",
    ]  # fmt: skip
